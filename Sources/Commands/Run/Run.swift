import ArgumentParser
import HostSystem
import Model
import Reporting
import Workflows

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run what is out of date, in the sandbox, with the data tests",
        discussion: """
            Example: headgate run
                     headgate run report --param late_minutes=30
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

    func run() async throws {
        let launch = Launch.required
        if keepGoing && failFast { throw UsageError("`--keep-going` and `--fail-fast` exclude each other") }
        if let jobs, jobs < 1 { throw UsageError("`--jobs` takes a number from 1") }
        var request = try pipeline.request()
        request.jobs = jobs
        request.failFast = failFast
        let project = try await launch.openProject()
        let began = SystemClock.monotonicNanoseconds()
        let mode: ProgressMode = answer.json && progress == .auto ? .quiet : progress
        let record = try await launch.displaying(mode) { events in
            try await RunPipeline(project)(request, of: environment.branch, events: events)
        }
        let seconds = Double(SystemClock.monotonicNanoseconds() - began) / 1e9
        if answer.json {
            try launch.output.answer(RunDocument(record))
        } else if progress != .quiet {
            for line in RunSummary.lines(record, seconds: seconds, style: launch.output.messageStyle) {
                launch.output.message(line)
            }
        }
        switch record.outcome {
        case .passed, .passedWithWarnings: break
        case .interrupted: throw Interruption(signal: .interrupt)
        case .failed, .lost, .running: throw Answered(status: .refused)
        }
    }
}
