import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Pin the sources as they are today",
        discussion: "Example: headgate env update faster-join --keep-changes")

    @Argument(help: "The branch; the one checked out here where none is named", transform: branchName)
    var branch: BranchName?

    @Flag(help: "Drop the changes that the environment made to its own copies of writable sources")
    var discard = false

    @Flag(
        name: .customLong("keep-changes"),
        help: "Make those changes again in the new data, file by file; a file that changed on both sides is a conflict")
    var keepChanges = false

    @Flag(help: "Do not ask")
    var yes = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        if discard, keepChanges {
            throw UsageError("`--discard` and `--keep-changes` exclude each other", remedy: "use one of them")
        }
        let launch = Launch.required
        let workspace = try await launch.openWorkspace(branch)
        if discard, !yes {
            let question = "drop the changes that this environment made to its own data?"
            guard try launch.output.isConfirmed(question, flag: "--yes") else {
                return launch.output.message("nothing was changed")
            }
        }
        let updated = try await UpdateEnvironment(workspace.project)(
            workspace, ownChanges: discard ? .discard : keepChanges ? .keep : .refuse)
        if answer.json {
            return try launch.output.answer(
                await EnvironmentsDocument(of: workspace.environment.branch, in: workspace.project))
        }
        for source in updated {
            let name = TerminalText.escaped(source.source)
            defer {
                if let origin = source.pin.origin {
                    launch.output.message("    " + TerminalText.escaped("of \(origin.summary)"))
                }
            }
            guard !source.changes.isEmpty else {
                launch.output.message("  \(name)  as before, pinned \(source.pin.pinnedAt.rfc3339)")
                continue
            }
            guard source.pin.kind.isOfFiles else {
                launch.output.message("  \(name)  other data than before, \(source.pin.kind.rawValue)")
                continue
            }
            let count = source.changes.count
            launch.output.message(
                "  \(name)  \(count == 1 ? "1 file differs" : "\(count) files differ"), \(source.pin.kind.rawValue)")
            for change in source.changes.prefix(5) {
                launch.output.message("    " + TerminalText.escaped(change.summary))
            }
        }
    }
}
