import ArgumentParser
import HostSystem
import Model
import Reporting
import Workflows

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Approve what this branch's configuration does outside the sandbox",
        discussion: """
            Shows exactly what is approved; kept for this machine only. With --json nothing is asked: without --yes, it says
            what needs approval and ends with 1.
            Example: headgate trust
            """)

    @Flag(help: "Do not ask")
    var yes = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let workspace = try await launch.openWorkspace(nil)
        let approval = ApproveConfiguration(in: workspace)
        let changes = try await approval.pending()
        if answer.json {
            let isApproved = changes.isEmpty || yes
            if isApproved, !changes.isEmpty { try approval.approve() }
            try launch.output.answer(TrustDocument(changes: changes, approved: isApproved))
            if !isApproved { throw Answered(status: .refused) }
            return
        }
        if changes.isEmpty { return launch.output.message("nothing needs approval") }
        for change in changes { launch.output.answer(TerminalText.escaped(change)) }
        if !yes {
            guard try launch.output.isConfirmed("approve this on this machine?", flag: "--yes") else {
                throw Answered(status: .refused)
            }
        }
        try approval.approve()
        launch.output.message("approved")
    }
}
