import ArgumentParser
import HostSystem
import Model
import Reporting
import SystemPackage
import Workflows

struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the runs, the newest first", discussion: "Example: headgate runs --env main")

    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var answer: AnswerOptions

    @Option(help: "How many at most")
    var limit = 20

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let records = try RunHistory(project).list(of: environment.branch, limit: limit)
        if answer.json { return try launch.output.answer(RunsDocument(records)) }
        var table = TextTable([.init("run"), .init("branch"), .init("outcome"), .init("started"), .init("took", .right)])
        for record in records {
            let took = record.finished.map { ($0 - record.started).readable } ?? ""
            table.add([record.id, record.branch.rawValue, record.outcome.rawValue, record.started.rfc3339, took])
        }
        for line in table.lines(width: launch.output.width, style: launch.output.style) { launch.output.answer(line) }
    }
}

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a run with its steps and tests", discussion: "Example: headgate show")

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

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the log of a step",
        discussion: """
            Example: headgate log 20260312-091204-3f2a clean
                     headgate log -f latest train
            """)

    @Argument(help: "The run; `latest` is the newest")
    var run: String

    @Argument(help: "The step")
    var step: String

    @Flag(name: .shortAndLong, help: "Go on printing until the run has ended")
    var follow = false

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let history = RunHistory(project)
        let run = run == "latest" ? try history.run(nil).id : run
        let output = launch.output
        guard follow else {
            let text = try history.log(of: step, in: run)
            return output.answerText(output.isTerminal ? TerminalText.escaped(text, keepingLines: true) : text)
        }
        var rest: [UInt8] = []
        try await history.follow(step, in: run) { bytes in
            if !output.isTerminal { return output.answerBytes(bytes) }
            // Whole lines, so that no character is cut in two.
            rest += bytes
            guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
            output.answerText(TerminalText.escaped(String(decoding: rest[...end], as: UTF8.self), keepingLines: true))
            rest.removeSubrange(...end)
        }
        if !rest.isEmpty { output.answerText(TerminalText.escaped(String(decoding: rest, as: UTF8.self), keepingLines: true)) }
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
