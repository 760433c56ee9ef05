import ArgumentParser
import Reporting
import Workflows

struct HooksInstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install the hooks beside those that are there",
        discussion: "Hooks that are there stay in use and run first.\nExample: headgate hooks install")

    @Flag(name: .customLong("in-work-tree"), help: "Install also where the hooks directory lies inside a working tree")
    var inWorkTree = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let changes = try await ChangeHooks(project).install(allowingWorkTree: inWorkTree)
        if answer.json { return try launch.output.answer(HooksChangeDocument(changes: changes)) }
        for change in changes { launch.output.message(TerminalText.escaped(change)) }
        launch.output.message(
            changes.isEmpty ? "everything is in place" : "installed; `headgate hooks uninstall` undoes exactly this")
    }
}
