import ArgumentParser
import Model
import Reporting
import Workflows

struct Switch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch", abstract: "Make sure a branch has an environment, and print where it is",
        discussion: """
            The path goes to stdout: cd "$(headgate switch faster-join)"
            Example: headgate switch -c faster-join
            """)

    @Flag(name: .shortAndLong, help: "Make the branch, at your HEAD")
    var create = false

    @Flag(help: "Switch this working tree instead of making one beside it")
    var here = false

    @Option(help: ArgumentHelp("Where a new branch starts", valueName: "commit"))
    var at: String?

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        if here {
            let moved = try await SwitchBranch(project).here(branch, makesBranch: create, start: at)
            if answer.json { return try launch.output.answer(await EnvironmentsDocument(of: branch, in: project)) }
            if let remark = moved.remark { launch.output.message(TerminalText.escaped(remark)) }
            if !moved.placed.isEmpty {
                launch.output.message(
                    "from the cache: outputs of " + TerminalText.escaped(moved.placed.joined(separator: ", ")))
            }
            return launch.output.answer(moved.path.string)
        }
        let result = try await SwitchBranch(project)(
            .init(branch: branch, start: at, makesBranch: create, requiresNew: create))
        if answer.json { return try launch.output.answer(await EnvironmentsDocument(of: branch, in: project)) }
        if let created = result.created { CreatedText.show(created, output: launch.output) }
        launch.output.answer(result.path.string)
    }
}
