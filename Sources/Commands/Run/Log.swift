import ArgumentParser
import Reporting
import Workflows

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the log of a step", discussion: "Example: headgate log 20260312-091204-3f2a clean")

    @Argument(help: "The run")
    var run: String

    @Argument(help: "The step")
    var step: String

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let text = try RunHistory(project).log(of: step, in: run)
        let shown = launch.output.isTerminal ? TerminalText.escaped(text, keepingLines: true) : text
        launch.output.answerText(shown)
    }
}
