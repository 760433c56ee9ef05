import ArgumentParser
import Reporting
import Workflows

struct HooksUninstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Put the hooks back as they were",
        discussion: "Example: headgate hooks uninstall")

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let (changes, left) = try await ChangeHooks(project).uninstall()
        if answer.json { return try launch.output.answer(HooksChangeDocument(changes: changes.reversed(), left: left)) }
        for change in changes.reversed() { launch.output.message("undone: \(TerminalText.escaped(change))") }
        for sentence in left { launch.output.message("left: \(TerminalText.escaped(sentence))") }
        if changes.isEmpty { launch.output.message("no hooks are installed") }
    }
}
