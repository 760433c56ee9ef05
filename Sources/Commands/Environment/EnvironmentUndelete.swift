import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentUndelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Bring an environment back from the trash",
        discussion: "Example: headgate env undelete faster-join")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let environment = try await UndeleteEnvironment(project)(branch)
        if answer.json { return try launch.output.answer(await EnvironmentsDocument(of: branch, in: project)) }
        let name = TerminalText.escaped(branch.rawValue)
        guard let workspace = environment.workspace else {
            return launch.output.message("the environment of \(name) is back; it has no workspace, as before")
        }
        launch.output.message("the environment of \(name) is back")
        launch.output.answer(workspace)
    }
}
