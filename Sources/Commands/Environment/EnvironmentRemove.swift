import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Move an environment to the trash; refuses where work would be lost",
        discussion: "Example: headgate env remove faster-join")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @Flag(help: "Remove it although work is in it; it goes to the trash all the same")
    var force = false

    @Flag(
        name: .customLong("discard-data"),
        help: "Remove it although it changed its own copies of writable sources")
    var discardData = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let removed = try await RemoveEnvironment(project)(
            branch, reason: "removed", force: force, discardData: discardData)
        if answer.json {
            let trash = removed.trash.isEmpty ? nil : removed.trash.string
            return try launch.output.answer(
                PruneDocument(
                    removed: [.init(branch: branch.rawValue, reason: "removed", bytes: removed.bytes, trash: trash)],
                    kept: [],
                    dryRun: false))
        }
        launch.output.message("removed the environment of \(TerminalText.escaped(branch.rawValue)); \(removed.stays)")
        if !removed.trash.isEmpty {
            launch.output.message("to bring it back: `headgate env undelete \(TerminalText.escaped(branch.rawValue))`")
        }
    }
}
