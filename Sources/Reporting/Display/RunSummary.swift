import Model

/// What a run ends with.
public enum RunSummary {
    /// In a run of more steps than this, one that failed may be out of sight when the run ends.
    private static let scrolledAway = 20

    /// Returns the lines of the summary.
    public static func lines(_ record: RunRecord, seconds: Double, style: Style) -> [String] {
        func count(_ state: StepState) -> Int { record.steps.count { $0.state == state } }
        func failed(_ severity: Severity) -> Int {
            record.tests.count { $0.outcome == .failed && $0.severity == severity }
        }
        let broken = record.tests.count { $0.outcome == .broken }
        let steps = [
            (count(.ran), "ran"), (count(.cached), "cached"), (count(.upToDate), "up to date"),
            (count(.failed), "failed"), (count(.skipped), "skipped"), (count(.lost), "lost"),
        ]
        let tests = [
            (record.tests.count { $0.outcome == .passed }, "passed"), (failed(.error), "error"),
            (failed(.warning), "warning"), (failed(.info), "info"), (broken, "broken"),
            (record.tests.count { $0.outcome == .skipped }, "skipped"),
        ]
        var lines = [
            "\(verdict(record.outcome, style))  run \(record.id)  \(style.dim(TimeSpan(seconds: seconds).readable))"
        ]
        lines.append("  steps  " + listed(steps, none: "none"))
        lines.append("  tests  " + listed(tests, none: "none"))
        let failures = record.steps.filter { $0.state == .failed }.map(\.id)
        if record.steps.count > scrolledAway, !failures.isEmpty {
            let named = failures.prefix(5).map { TerminalText.escaped($0) }.joined(separator: ", ")
            lines.append("  failed " + named + (failures.count > 5 ? " and \(failures.count - 5) more" : ""))
        }
        let saved = record.steps.compactMap { $0.state == .cached ? $0.savedSeconds : nil }.reduce(0, +)
        if saved >= 0.1 { lines.append("  saved  \(TimeSpan(seconds: saved).readable) by the cache") }
        for taint in record.taints { lines.append(style.yellow("  tainted  ") + TerminalText.escaped(taint)) }
        return lines
    }

    private static func verdict(_ outcome: RunOutcome, _ style: Style) -> String {
        switch outcome {
        case .passed: style.green("passed")
        case .passedWithWarnings: style.yellow("passed with warnings")
        case .failed: style.red("failed")
        case .interrupted: style.red("interrupted")
        case .lost: style.red("lost")
        case .running: "running"
        }
    }

    private static func listed(_ counts: [(Int, String)], none: String) -> String {
        let present = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return present.isEmpty ? none : present.joined(separator: ", ")
    }
}
