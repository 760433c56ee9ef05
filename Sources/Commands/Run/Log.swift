import ArgumentParser
import Model
import Reporting
import Workflows

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Print the log of a step",
        discussion: """
            Example: headgate log 20260312-091204-3f2a clean
                     headgate log -f latest train
            """)

    @Argument(help: "The run; `latest` is the newest")
    var run: String

    @Argument(help: "The step")
    var step: String

    @Flag(name: .shortAndLong, help: "Go on printing until the run has ended")
    var follow = false

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let history = RunHistory(project)
        let run = run == "latest" ? try history.run(nil).id : run
        let output = launch.output
        guard follow else {
            let bytes = try history.log(of: step, in: run)
            // Text that is not UTF-8 is shown with replacement characters, and handed on as it is.
            guard output.isTerminal else { return output.answerBytes(bytes) }
            return output.answerText(TerminalText.escaped(String(decoding: bytes, as: UTF8.self), keepingLines: true))
        }
        var rest: [UInt8] = []
        try await history.follow(step, in: run) { bytes in
            if !output.isTerminal { return output.answerBytes(bytes) }
            // Whole lines, so that no character is cut in two.
            rest += bytes
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
            output.answerText(TerminalText.escaped(String(decoding: rest[...end], as: UTF8.self), keepingLines: true))
            rest.removeSubrange(...end)
        }
        if !rest.isEmpty {
            output.answerText(TerminalText.escaped(String(decoding: rest, as: UTF8.self), keepingLines: true))
        }
    }
}
