import ArgumentParser
import Model
import Reporting
import Workflows

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say whether a commit's tree has a verdict that holds here",
        discussion: "Exit code 1 when it has none, or a part of its key differs.\nExample: headgate verify main")

    @Argument(help: "The commit")
    var commit: String

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let result = try await VerifyCommit(project)(commit)
        if answer.json {
            try launch.output.answer(
                VerifyDocument(
                    commit: result.commit, tree: result.tree, verdict: result.verdict, differing: result.differing,
                    unknown: result.unknown, holds: result.holds))
        } else {
            launch.output.answer("commit   \(result.commit)")
            launch.output.answer("tree     \(result.tree)")
            if let verdict = result.verdict {
                launch.output.answer(
                    "verdict  \(verdict.outcome.rawValue), \(verdict.finished.rfc3339), run \(verdict.run)")
                if !result.differing.isEmpty {
                    launch.output.answer("differs  " + result.differing.joined(separator: ", "))
                }
                if !result.unknown.isEmpty {
                    launch.output.answer(
                        "unknown  \(result.unknown.joined(separator: ", ")) (cannot be recomputed here)")
                }
            } else {
                launch.output.answer("verdict  none")
            }
        }
        if !result.holds { throw Answered(status: .refused) }
    }
}
