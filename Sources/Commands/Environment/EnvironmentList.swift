import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the environments", discussion: "Example: headgate env list --json")

    @Flag(help: "Measure each workspace afresh")
    var check = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let entries = try await ListEnvironments(project)(measures: check || answer.json, details: answer.json)
        if answer.json { return try launch.output.answer(EnvironmentsDocument(entries.map { .init($0) })) }
        var table = TextTable([
            .init("branch"), .init("state"), .init("workspace"), .init("used"), .init("own", .right),
            .init("shared", .right), .init("expired"),
        ])
        for entry in entries {
            let environment = entry.environment
            table.add([
                environment.branch.rawValue, entry.isMissing ? "gone" : environment.state.rawValue,
                environment.workspace ?? "",
                environment.used.rfc3339, check ? ByteCount(entry.ownBytes).readable : "",
                ByteCount(entry.sharedBytes).readable, entry.expired.map(\.rawValue).joined(separator: ", "),
            ])
        }
        for line in table.lines(width: launch.output.width, style: launch.output.style) { launch.output.answer(line) }
    }
}
