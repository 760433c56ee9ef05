import ArgumentParser
import HostSystem
import Model
import Reporting
import Workflows

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Approve what this branch's configuration does outside the sandbox",
        discussion: "Shows exactly what is approved; kept for this machine only.\nExample: headgate trust")

    @Flag(help: "Do not ask")
    var yes = false

    func run() async throws {
        let launch = Launch.required
        let workspace = try await launch.openWorkspace(nil)
        let approval = ApproveConfiguration(in: workspace)
        let changes = try await approval.pending()
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
