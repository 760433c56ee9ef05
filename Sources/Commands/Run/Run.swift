import ArgumentParser
import HostSystem
import Model
import Reporting
import SystemPackage
import Workflows

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run what is out of date, in the sandbox, with the data tests",
        discussion: """
            Example: headgate run
                     headgate run report --param late_minutes=30
                     headgate run --events events.jsonl --progress quiet
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var answer: AnswerOptions

    @Option(help: "How many steps run at once; the number of cores where not given")
    var jobs: Int?

    @Flag(name: .customLong("keep-going"), help: "Go on with what does not depend on a failure (the default)")
    var keepGoing = false

    @Flag(name: .customLong("fail-fast"), help: "Start nothing more once a step has failed")
    var failFast = false

    @Option(help: "Show the run as auto, tty, plain, quiet or json")
    var progress = ProgressMode.auto

    @Flag(help: "Show each step nothing but its declared inputs")
    var hermetic = false

    @Flag(
        help: """
            Run the named steps, or all, and list the files that they open without declaring them (needs strace); that a \
            step lists a directory is not seen, so declare the patterns it looks for
            """)
    var trace = false

    @Option(help: ArgumentHelp("Write what happens to a file, as JSON lines", valueName: "file"))
    var events: String?

    func run() async throws {
        let launch = Launch.required
        if keepGoing && failFast { throw UsageError("`--keep-going` and `--fail-fast` exclude each other") }
        if let jobs, jobs < 1 { throw UsageError("`--jobs` takes a number from 1") }
        var request = try pipeline.request()
        request.jobs = jobs
        request.failFast = failFast
        request.isHermetic = hermetic
        request.isTraced = trace
        let project = try await launch.openProject()
        let began = SystemClock.monotonicNanoseconds()
        let mode: ProgressMode = answer.json && progress == .auto ? .quiet : progress
        let place = events.map { launch.directory.pushing(FilePath($0)) }
        let file = try place.map { try EventFile(at: $0, redactions: launch.output.redactions) }
        let record = try await launch.displaying(mode, file: file) { events in
            try await RunPipeline(project)(request, of: environment.branch, events: events)
        }
        file?.end(record)
        let seconds = Double(SystemClock.monotonicNanoseconds() - began) / 1e9
        if answer.json {
            try launch.output.answer(RunDocument(record))
        } else if progress == .json {
            let lines = EventFile { launch.output.messageText($0) }
            lines.end(record)
        } else if progress != .quiet {
            for line in RunSummary.lines(record, seconds: seconds, style: launch.output.messageStyle) {
                launch.output.message(line)
            }
            if record.tests.contains(where: { $0.check.readsClock && $0.outcome == .failed }) {
                launch.output.message(
                    launch.output.messageStyle.dim(" mend: ") + TerminalText.escaped(RemedyText.refresh(record.branch)))
            }
        }
        if let place, let code = file?.failure { throw EventFileError(path: place, code: code) }
        switch record.outcome {
        case .passed, .passedWithWarnings: break
        case .interrupted: throw Interruption(signal: .interrupt)
        case .failed, .lost, .running: throw Answered(status: .refused)
        }
    }
}
