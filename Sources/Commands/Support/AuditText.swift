import Model
import Reporting
import Workflows

/// An audit as lines for people.
enum AuditText {
    static func lines(_ report: AuditBranches.Report, style: Style, onlyFailures: Bool) -> [String] {
        var lines: [String] = []
        for branch in report.branches {
            let name = TerminalText.escaped(branch.branch.rawValue)
            for commit in branch.lost {
                lines.append(style.red("REWOUND") + "  \(commit.short) is not on \(name) any more")
            }
            for commit in branch.unrecorded {
                lines.append(
                    style.red("MISSING")
                        + "  the record of \(commit.short) on \(name) was deleted from refs/headgate/audit/")
            }
            for finding in branch.findings {
                let isFailure = report.failing.contains(finding.state)
                if onlyFailures && !isFailure { continue }
                let word = isFailure ? style.red(finding.state.rawValue) : style.dim(finding.state.rawValue)
                let part = finding.partOf.map { "  " + style.dim("part of \($0.short)") } ?? ""
                lines.append("\(word)  \(finding.commit.short) on \(name)\(part)")
            }
        }
        return lines
    }
}
