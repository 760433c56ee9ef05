import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentKeep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Keep an environment from expiring for a while",
        discussion:
            "Example: headgate env keep faster-join --until 2d\n         headgate env keep faster-join --until 2026-12-24"
    )

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @Option(
        help: ArgumentHelp(
            "For how long from now (90s, 30m, 26h, 14d), or to the end of which day (2026-12-24, UTC)",
            valueName: "time"))
    var until: String

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let now = launch.host.time.now()
        let end: Timestamp
        if let span = TimeSpan(until) {
            end = now + span
        } else if let day = Timestamp(day: until) {
            end = day + .days(1)
            guard end > now else { throw UsageError("`--until \(until)` is over", remedy: "name a day to come") }
        } else {
            throw UsageError(
                "`--until \(until)` is not a time", remedy: "write it as 90s, 30m, 26h or 14d, or as a day, 2026-12-24")
        }
        let project = try await launch.openProject()
        try KeepEnvironment(project)(branch, until: end)
        if answer.json { return try launch.output.answer(await EnvironmentsDocument(of: branch, in: project)) }
        launch.output.message("kept until \(end.rfc3339)")
    }
}
