import ArgumentParser
import Reporting
import Workflows

struct TestAccept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Make the edit of headgate.yaml that a test proposed",
        discussion: "Example: headgate test accept 3f2a9c01")

    @Argument(help: "The proposal's id, as the run printed it")
    var id: String

    @OptionGroup var environment: EnvironmentOptions

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let workspace = try await launch.openWorkspace(environment.branch)
        let proposal = try AcceptProposal(in: workspace)(id)
        if answer.json { return try launch.output.answer(AcceptedDocument(proposal)) }
        launch.output.message("edited headgate.yaml: \(TerminalText.escaped(proposal.summary))")
        launch.output.message("next: `git diff headgate.yaml`, then `headgate run`")
    }
}
