import Model
import Reporting
import Workflows

/// What creating an environment did, on stderr.
enum CreatedText {
    static func show(_ created: CreateEnvironment.Created, output: Output) {
        for source in created.sources {
            let pin = source.pin
            let how =
                source.isTakenOver
                ? "same data as before" : "\(pin.kind.rawValue), \(TimeSpan(seconds: source.seconds).readable)"
            output.message(
                output.messageStyle.dim("  data  ") + "\(TerminalText.escaped(pin.source))  "
                    + output.messageStyle.dim("\(ByteCount(pin.bytes).readable), \(how)"))
        }
        output.message(
            "environment of \(TerminalText.escaped(created.environment.branch.rawValue)) is ready "
                + output.messageStyle.dim("(\(TimeSpan(seconds: created.seconds).readable))"))
    }
}
