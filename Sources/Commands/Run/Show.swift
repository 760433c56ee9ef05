import ArgumentParser
import Model
import Reporting
import Workflows

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a run with its steps and tests", discussion: "Example: headgate show")

    @Argument(help: "The run; the newest where none is named")
    var run: String?

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let record = try RunHistory(project).run(run)
        if answer.json { return try launch.output.answer(RunDocument(record)) }
        let style = launch.output.style
        for step in record.steps {
            launch.output.answer(
                "\(step.state.rawValue.padded(to: 10))  \(TerminalText.escaped(step.id))  "
                    + style.dim(TimeSpan(seconds: step.seconds).readable))
        }
        for test in record.tests {
            for line in TestLine.lines(test, width: launch.output.width, style: style) { launch.output.answer(line) }
        }
        let seconds = record.finished.map { ($0 - record.started).seconds } ?? 0
        for line in RunSummary.lines(record, seconds: seconds, style: style) { launch.output.answer(line) }
    }
}
