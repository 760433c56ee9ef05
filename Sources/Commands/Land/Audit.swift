import ArgumentParser
import Model
import Reporting
import Workflows

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Say of each commit on a protected branch how it got there",
        discussion: """
            Exit code 1 when a commit went round the gate, until somebody has answered for it.
            Example: headgate audit
                     headgate audit --accept 3f2a9c0 --reason "hotfix, reviewed afterwards"
            """)

    @Option(help: ArgumentHelp("Answer for a commit that went round the gate", valueName: "commit"))
    var accept: String?

    @Option(help: "Why")
    var reason: String?

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        if let accept {
            guard let reason, !reason.isEmpty else { throw UsageError("`--accept` needs `--reason`") }
            for record in try await AuditBranches(project).accept(accept, reason: reason) {
                launch.output.message(
                    "accepted \(record.commit.short) on \(TerminalText.escaped(record.branch.rawValue))")
            }
        }
        let report = try await AuditBranches(project)()
        if answer.json {
            try launch.output.answer(AuditDocument(report))
        } else {
            for line in AuditText.lines(report, style: launch.output.style, onlyFailures: false) {
                launch.output.answer(line)
            }
            if report.isClean {
                launch.output.message("every commit is accounted for")
            } else {
                launch.output.message(
                    "to answer for a commit that went round the gate, is gone, or has lost its record: "
                        + "`headgate audit --accept <commit> --reason <why>`")
            }
        }
        if !report.isClean { throw Answered(status: .refused) }
    }
}

extension AuditDocument {
    init(_ report: AuditBranches.Report) {
        self.init(
            report.branches.map { branch in
                Branch(
                    name: branch.branch.rawValue, tip: branch.tip, rewound: branch.isRewound,
                    unrecorded: branch.unrecorded,
                    commits: branch.findings.map {
                        Commit(oid: $0.commit, state: $0.state.rawValue, partOf: $0.partOf)
                    })
            })
    }
}
