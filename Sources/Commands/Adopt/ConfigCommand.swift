import ArgumentParser
import Model
import Reporting
import Workflows

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the resolved configuration, and where each parameter came from",
        discussion: "Example: headgate config --check")

    @Flag(help: "Only say whether it is right")
    var check = false

    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let inspection = try InspectConfiguration(at: launch.directory, host: launch.host)
        if check {
            let checked = try inspection.check()
            if answer.json { return try launch.output.answer(ConfigDocument(project: checked.project)) }
            return launch.output.message(
                "headgate.yaml is right: \(counted(checked.steps, "step")), \(counted(checked.sources, "source")), "
                    + counted(checked.tests, "test"))
        }
        if answer.json {
            return launch.output.answerText(try inspection.json(for: environment.branch))
        }
        launch.output.answerText(try inspection.text(for: environment.branch))
    }
}

/// `headgate.config/1` of `config --check`.
private struct ConfigDocument: JSONDocument {
    static let noun = "config"
    let project: String
    let ok = true
}
