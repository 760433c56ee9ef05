import ArgumentParser
import HostSystem
import Model
import Reporting
import Workflows

struct Prune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove the environments that are expired, saying why each is",
        discussion: """
            Nothing that exists nowhere else is lost: what is removed goes to the trash. What has been there for longer than
            `expire: trash:` is deleted, and so is what runs set aside as long ago, such as outputs of steps that failed.
            Example: headgate prune --dry-run
            """)

    @Flag(name: .customLong("dry-run"), help: "Only say what would be removed")
    var dryRun = false

    @Flag(help: "Do not ask")
    var yes = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let prune = PruneEnvironments(project)
        let candidates = try await prune.plan()
        if dryRun { return try show(candidates, launch) }
        let removable = candidates.filter(\.refusals.isEmpty)
        if !yes, !removable.isEmpty {
            if !answer.json { try show(candidates, launch) }
            guard try launch.output.isConfirmed("remove them?", flag: "--yes") else {
                return launch.output.message("nothing was removed")
            }
        }
        let report = try await prune(candidates)
        if answer.json {
            return try launch.output.answer(
                PruneDocument(
                    removed: report.removed.map {
                        .init(
                            branch: $0.candidate.branch.rawValue, reason: $0.candidate.reasons.first?.rawValue ?? "",
                            bytes: $0.removed.bytes, trash: $0.removed.trash.isEmpty ? nil : $0.removed.trash.string)
                    },
                    kept: report.kept.map { .init(branch: $0.branch.rawValue, refused: $0.refused) }, dryRun: false))
        }
        for (candidate, removed) in report.removed {
            let name = TerminalText.escaped(candidate.branch.rawValue)
            launch.output.message(
                "removed \(name) (\(candidate.reasons.map(\.rawValue).joined(separator: ", "))), "
                    + "\(ByteCount(removed.bytes).readable); \(removed.stays)")
            if removed.trash.isEmpty { continue }
            launch.output.message(launch.output.messageStyle.dim("  to bring it back: headgate env undelete \(name)"))
        }
        for (branch, reasons) in report.kept { kept(branch, reasons, launch) }
        for entry in report.emptied {
            launch.output.message("emptied from the trash: \(TerminalText.escaped(entry.branch.rawValue))")
        }
        if report.freedOfRuns.bytes > 0 {
            launch.output.message("deleted what runs had set aside: \(report.freedOfRuns.readable)")
        }
        if report.removed.isEmpty && report.kept.isEmpty { launch.output.message("nothing is expired") }
    }

    private func show(_ candidates: [PruneEnvironments.Candidate], _ launch: Launch) throws {
        if answer.json {
            return try launch.output.answer(
                PruneDocument(
                    removed: candidates.filter(\.refusals.isEmpty).map {
                        .init(
                            branch: $0.branch.rawValue, reason: $0.reasons.first?.rawValue ?? "", bytes: $0.bytes,
                            trash: nil)
                    },
                    kept: candidates.filter { !$0.refusals.isEmpty }.map {
                        .init(branch: $0.branch.rawValue, refused: $0.refusals)
                    }, dryRun: true))
        }
        if candidates.isEmpty { launch.output.message("nothing is expired") }
        for candidate in candidates {
            guard candidate.refusals.isEmpty else {
                kept(candidate.branch, candidate.refusals, launch)
                continue
            }
            launch.output.message(
                "would remove \(TerminalText.escaped(candidate.branch.rawValue)) "
                    + "(\(candidate.reasons.map(\.rawValue).joined(separator: ", "))), \(ByteCount(candidate.bytes).readable)"
            )
        }
    }

    private func kept(_ branch: BranchName, _ reasons: [String], _ launch: Launch) {
        launch.output.message("kept \(TerminalText.escaped(branch.rawValue)), although it is expired:")
        for reason in reasons { launch.output.message("  " + TerminalText.escaped(reason)) }
    }
}
