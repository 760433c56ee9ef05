import ArgumentParser
import Model
import Reporting
import Workflows

struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs, the newest first",
        discussion: "Example: headgate runs --env main")

    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var answer: AnswerOptions

    @Option(help: "How many at most")
    var limit = 20

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let records = try RunHistory(project).list(of: environment.branch, limit: limit)
        if answer.json { return try launch.output.answer(RunsDocument(records)) }
        var table = TextTable([
            .init("run"), .init("branch"), .init("outcome"), .init("started"), .init("took", .right),
        ])
        for record in records {
            let took = record.finished.map { ($0 - record.started).readable } ?? ""
            table.add([record.id, record.branch.rawValue, record.outcome.rawValue, record.started.rfc3339, took])
        }
        for line in table.lines(width: launch.output.width, style: launch.output.style) { launch.output.answer(line) }
    }
}
