import ArgumentParser
import HostSystem
import Model
import Reporting
import SystemPackage
import Workflows

struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Land a branch: test the merge result, and move the target only if it passes",
        discussion: """
            Exit code 1 when the gate is closed, 3 on a merge conflict, 75 when the target kept moving.
            Example: headgate merge faster-join --method squash
            """)

    @Argument(help: "The branch to land", transform: branchName)
    var branch: BranchName

    @Option(
        help: ArgumentHelp("The protected branch to land on; the main one where not given", valueName: "branch"),
        transform: branchName)
    var into: BranchName?

    @Option(help: "How to merge: merge, squash or ff; the policy's where not given")
    var method: MergeMethod?

    @Flag(name: .customLong("dry-run"), help: "Stop before landing")
    var dryRun = false

    @Flag(name: .customLong("no-run"), help: "Land only what has a verdict already")
    var noRun = false

    @Option(help: ArgumentHelp("Say that you have seen this change or warning; repeatable", valueName: "id"))
    var acknowledge: [String] = []

    @Flag(help: "Land without a passing verdict, where the policy allows it")
    var override = false

    @Option(help: "Why you acknowledge or override")
    var reason: String?

    @Option(help: "How many steps run at once")
    var jobs: Int?

    @Option(help: "Show the run as auto, tty, plain, quiet or json")
    var progress = ProgressMode.auto

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        if (override || !acknowledge.isEmpty) && (reason ?? "").isEmpty {
            throw UsageError("`--acknowledge` and `--override` need `--reason`")
        }
        let project = try await launch.openProject()
        var request = LandBranch.Request(branch: branch)
        request.target = into
        request.method = method
        request.dryRun = dryRun
        request.noRun = noRun
        request.acknowledged = acknowledge
        request.reason = reason
        request.override = override
        if let jobs, jobs < 1 { throw UsageError("`--jobs` takes a number from 1") }
        request.jobs = jobs
        let began = SystemClock.monotonicNanoseconds()
        let mode: ProgressMode = answer.json && progress == .auto ? .quiet : progress
        let result = try await launch.displaying(mode) { events in
            try await LandBranch(project)(request, events: events)
        }
        let seconds = Double(SystemClock.monotonicNanoseconds() - began) / 1e9
        for id in result.unknownAcknowledgements {
            launch.output.message(
                "note: `--acknowledge \(TerminalText.escaped(id))` answers for nothing: no change and no test has that id"
            )
        }
        if answer.json {
            try launch.output.answer(MergeDocument(result))
        } else {
            explain(result, seconds, launch.output)
        }
        switch result.outcome {
        case .landed, .open, .upToDate: break
        case .conflict: throw Answered(status: .conflict)
        case .closed:
            if result.run?.outcome == .interrupted { throw Interruption(signal: .interrupt) }
            throw Answered(status: .refused)
        }
    }

    private func explain(_ result: LandBranch.Result, _ seconds: Double, _ output: Output) {
        let style = output.messageStyle
        let branch = TerminalText.escaped(result.branch.rawValue)
        let target = TerminalText.escaped(result.target.rawValue)
        if let run = result.run {
            for line in RunSummary.lines(run, seconds: seconds, style: style) { output.message(line) }
        }
        switch result.outcome {
        case .landed:
            let commit = result.candidate?.short ?? ""
            let how = result.isReused ? "its verdict stood already" : result.verdict?.outcome.rawValue ?? ""
            output.message(style.green("landed") + " \(branch) on \(target) as \(commit) (\(how))")
            output.message(style.dim("next: `headgate prune` removes the branch's environment once it is expired"))
        case .open: output.message(style.green("open") + ": \(branch) would land on \(target); nothing was moved")
        case .upToDate: output.message("\(target) has all of \(branch) already")
        case .conflict:
            output.message(style.red("conflict") + ": \(branch) and \(target) change the same lines")
            for path in result.conflicts { output.message("  " + TerminalText.escaped(path)) }
            output.message(style.dim(" mend: ") + "merge \(target) into \(branch), resolve, commit, and try again")
        case .closed:
            output.message(style.red("closed") + ": \(branch) does not land on \(target)")
            // The run's own summary has named what taints it.
            let told = result.run?.taints ?? []
            for reason in result.reasons where !told.contains(reason) {
                output.message("  " + TerminalText.escaped(reason))
            }
            let remedies = RemedyText.sentences(result.remedies, branch: result.branch, target: result.target)
            for remedy in remedies { output.message(style.dim(" mend: ") + TerminalText.escaped(remedy)) }
            output.message("\(target) has not moved")
        }
    }
}

extension MergeDocument {
    init(_ result: LandBranch.Result) {
        self.init(
            branch: result.branch.rawValue, branchOid: result.branchCommit, target: result.target.rawValue,
            targetOid: result.targetCommit, method: result.method, base: result.base, candidate: result.candidate,
            tree: result.tree, conflicts: result.conflicts,
            verdict: result.verdict.map { .init(key: $0.key, outcome: $0.outcome, reused: result.isReused) },
            landed: result.outcome == .landed, reasons: result.reasons,
            remedies: RemedyText.sentences(result.remedies, branch: result.branch, target: result.target),
            run: result.run?.id,
            tests: result.run?.tests ?? [])
    }
}

extension MergeMethod: ExpressibleByArgument {}
