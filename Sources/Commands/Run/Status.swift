import ArgumentParser
import Model
import Reporting
import Workflows

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say where you stand: environment, what is out of date, the gate, the audit",
        discussion:
            "Exit code 1 when a commit on a protected branch went round the gate.\nExample: headgate status --json")

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let report = try await ReportStatus(project)()
        if answer.json {
            try launch.output.answer(StatusDocument(report))
        } else {
            for line in lines(report, launch.output) { launch.output.answer(line) }
        }
        if !report.audit.isClean { throw Answered(status: .refused) }
    }

    private func lines(_ report: ReportStatus.Report, _ output: Output) -> [String] {
        let style = output.style
        var lines = [style.bold(TerminalText.escaped(report.project))]
        let branch = report.branch.map { TerminalText.escaped($0.rawValue) } ?? "(detached)"
        lines.append(
            "  branch       \(branch)  " + style.dim(report.environment?.state.rawValue ?? "no environment yet"))
        for pin in report.environment?.pins ?? [] {
            lines.append(
                "  data         \(TerminalText.escaped(pin.source))  "
                    + style.dim("\(pin.kind.rawValue), pinned \(pin.pinnedAt.rfc3339)"))
            if let other = report.projects.first(where: { $0.source == pin.source }) {
                lines.append("               " + style.dim(TerminalText.escaped("of \(other.summary)")))
            }
        }
        let next = report.outOfDate.isEmpty ? "" : "  " + style.dim("see `headgate plan`")
        lines.append("  pipeline     \(report.upToDate) up to date, \(report.outOfDate.count) out of date" + next)
        if !report.failed.isEmpty {
            lines.append(
                "  failed       " + style.red(report.failed.map { TerminalText.escaped($0) }.joined(separator: ", ")))
        }
        if let target = report.target {
            let none = report.hasNothingToLand ? "nothing to land" : "no verdict"
            let verdict = report.verdict.map { $0.outcome.rawValue } ?? none
            let judged =
                report.branch.map { $0 == target ? target.rawValue : "\($0) into \(target)" } ?? target.rawValue
            lines.append("  gate         \(TerminalText.escaped(judged)): \(verdict)")
        }
        if let reason = report.gateReason { lines.append("               " + style.dim(TerminalText.escaped(reason))) }
        lines.append("  isolation    \(report.isolation.rawValue)")
        let failures = AuditText.lines(report.audit, style: style, onlyFailures: true)
        lines += failures.prefix(5).map { "  " + $0 }
        if failures.count > 5 { lines.append("  … and \(failures.count - 5) more, see `headgate audit`") }
        lines += report.remarks.map { "  " + style.yellow("note") + "  " + TerminalText.escaped($0) }
        return lines
    }
}

extension StatusDocument {
    init(_ report: ReportStatus.Report) {
        let failing = report.audit.branches.flatMap(\.findings)
        self.init(
            project: report.project, branch: report.branch?.rawValue,
            environment: report.environment.map {
                Environment(
                    branch: $0.branch.rawValue, state: $0.state.rawValue, workspace: $0.workspace,
                    fingerprint: report.fingerprint, isolation: report.isolation)
            },
            steps: Steps(upToDate: report.upToDate, outOfDate: report.outOfDate.count, failed: report.failed.count),
            gate: Gate(
                target: report.target?.rawValue, verdict: report.verdict?.outcome, reason: report.gateReason),
            audit: Audit(
                ungated: failing.filter { $0.state == .ungated }.map(\.commit),
                unverified: failing.filter { $0.state == .upstreamUnverified }.map(\.commit),
                rewound: report.audit.branches.filter(\.isRewound).map(\.branch.rawValue)))
    }
}
