import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentKeep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Keep an environment from expiring for a while",
        discussion: "Example: headgate env keep faster-join --until 2d")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @Option(help: ArgumentHelp("For how long from now: 90s, 30m, 26h, 14d", valueName: "time"))
    var until: String

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        guard let span = TimeSpan(until) else {
            throw UsageError("`--until \(until)` is not a time", remedy: "write it as 90s, 30m, 26h or 14d")
        }
        let launch = Launch.required
        let project = try await launch.openProject()
        let end = try KeepEnvironment(project)(branch, for: span)
        if answer.json { return try launch.output.answer(await EnvironmentsDocument(of: branch, in: project)) }
        launch.output.message("kept until \(end.rfc3339)")
    }
}
