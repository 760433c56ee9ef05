import ArgumentParser
import Model
import Reporting
import Workflows

struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Accept outputs that are already on disk as up to date",
        discussion: """
            For a project whose outputs were made before Headgate came: what is adopted does not run again until what it
            depends on changes. It is good for skipping, not for a verdict, and nothing of it enters the cache.
            Example: headgate adopt
                     headgate adopt train report
            """)

    @Argument(help: "Steps, or groups of them; all where none is named")
    var steps: [String] = []

    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let report = try await AdoptOutputs(project)(steps, of: environment.branch)
        let left = report.left.map { AdoptDocument.Left(id: $0.id, reason: $0.reason.sentence) }
        if answer.json {
            let adopted = report.adopted.map { AdoptDocument.Adopted(id: $0.id, outputs: $0.outputs, bytes: $0.bytes) }
            return try launch.output.answer(AdoptDocument(adopted: adopted, left: left))
        }
        let output = launch.output
        for step in report.adopted {
            output.answer(
                output.style.green("adopted") + "  \(TerminalText.escaped(step.id))  "
                    + output.style.dim(step.bytes.readable))
        }
        for step in left {
            output.answer(
                output.style.dim("left   ") + "  \(TerminalText.escaped(step.id))  "
                    + output.style.dim(TerminalText.escaped(step.reason)))
        }
        let count = report.outputs == 1 ? "1 output" : "\(report.outputs) outputs"
        output.message("\(count) adopted, \(report.bytes.readable); good for skipping, not for a verdict")
    }
}

extension AdoptOutputs.Report.Reason {
    fileprivate var sentence: String {
        switch self {
        case .upToDate: "it was up to date before"
        case .cached: "a run made something else from the same inputs; `headgate run` puts that in place"
        case .noOutputs: "it declares no outputs"
        case .missing(let path): "`\(path)` is not there"
        case .after(let step): "`\(step)` before it has to run"
        }
    }
}
