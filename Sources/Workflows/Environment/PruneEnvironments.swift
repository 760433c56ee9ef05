import Git
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Removes the environments that are expired, and what the trash has held long enough.
public struct PruneEnvironments: Sendable {
    /// An environment that is expired.
    public struct Candidate: Sendable {
        public let branch: BranchName
        public let reasons: [ExpiryReason]
        /// Why it must stay all the same; empty when it may go.
        public let refusals: [String]
        public let bytes: Int64
    }

    /// What went, and what stayed.
    public struct Report: Sendable {
        public var removed: [(candidate: Candidate, removed: RemoveEnvironment.Removed)] = []
        public var kept: [(branch: BranchName, refused: [String])] = []
        /// Entries of the trash whose time was over.
        public var emptied: [TrashEntry] = []
        /// What went of what runs had set aside, on the disk.
        public var freedOfRuns = ByteCount(0)
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// The expired environments, each with why it may go and why it may not.
    public func plan() async throws -> [Candidate] {
        var candidates: [Candidate] = []
        for entry in try await ListEnvironments(project)(measures: true) where !entry.expired.isEmpty {
            let branch = entry.environment.branch
            candidates.append(
                Candidate(
                    branch: branch, reasons: entry.expired,
                    refusals: try await missing(entry.environment) + RemoveEnvironment(project).refusals(branch),
                    bytes: entry.ownBytes))
        }
        return candidates
    }

    /// Nobody can tell what is in a workspace that is not there: to let it go is for its user to say.
    private func missing(_ environment: BranchEnvironment) throws -> [String] {
        guard let workspace = environment.workspace, !FileSystem.isDirectory(FilePath(workspace)) else { return [] }
        return [
            "its workspace is not at \(workspace); if it was deleted: `headgate env remove \(quoted(environment.branch))`"
        ]
    }

    /// Removes what `plan()` found and may go; looks again at each right before it moves.
    public func callAsFunction(_ candidates: [Candidate]) async throws -> Report {
        var report = Report()
        for candidate in candidates {
            guard candidate.refusals.isEmpty else {
                report.kept.append((candidate.branch, candidate.refusals))
                continue
            }
            do {
                let reason = candidate.reasons.first?.rawValue ?? ""
                let removed = try await RemoveEnvironment(project)(candidate.branch, reason: reason, force: false)
                report.removed.append((candidate, removed))
            } catch EnvironmentError.refused(_, let reasons) {
                report.kept.append((candidate.branch, reasons))
            } catch let error as HostError {
                guard case .locked = error else { throw error }
                report.kept.append((candidate.branch, ["another command is working in it"]))
            }
        }
        report.emptied = try await emptyTrash()
        try emptyLeftovers()
        try await releaseCandidates()
        report.freedOfRuns = ByteCount(try await forgetTheOld())
        return report
    }

    /// Deletes for good what has been in the trash long enough.
    private func emptyTrash() async throws -> [TrashEntry] {
        var emptied: [TrashEntry] = []
        for entry in try project.store.expiredTrash(at: project.host.time.now()) {
            let plan = try trashPlan(entry)
            guard plan != nil || entry.isParked else { continue }
            do {
                try await DataClones(project: project).drop(operation: entry.operation)
            } catch let error as any DiagnosableError {
                project.host.say("\(entry.branch) stays in the trash: \(error.diagnosis.problem)")
                continue
            }
            if let moved = entry.moved.first {
                let folder = FilePath(moved.to).removingLastComponent()
                guard folder.removingLastComponent().lastComponent?.string == ".trash" else { continue }
                try FileSystem.removeTree(folder, within: folder.removingLastComponent())
            }
            if let plan { try await project.git.emptyTrash(plan) }
            try project.store.inOneTransaction {
                try project.store.deleteTrashEntry(entry.operation)
                try project.store.set("trash-plan:\(entry.operation)", to: nil)
            }
            emptied.append(entry)
        }
        return emptied
    }

    private func trashPlan(_ entry: TrashEntry) throws -> TrashedWorktree? {
        guard let moved = entry.moved.first, let name = try project.store.setting("trash-plan:\(entry.operation)")
        else { return nil }
        return TrashedWorktree(
            operation: entry.operation, path: FilePath(moved.from), trashedPath: FilePath(moved.to), entryName: name)
    }

    /// Deletes what updates replaced, and what creations that failed left, once it has been in the trash long enough.
    private func emptyLeftovers() throws {
        let loaded = try project.configuration(in: project.workTree)
        let trash = project.workspacesRoot(loaded.configuration).appending(".trash")
        guard FileSystem.isDirectory(trash) else { return }
        let kept = Set(try project.store.trash().map(\.operation) + project.store.unfinished().map(\.id))
        let oldest = project.host.time.now().nanoseconds - Int64(loaded.configuration.expiry.trash.seconds * 1e9)
        for name in try FileSystem.list(trash).map(\.string) where !kept.contains(name) {
            // `update-<nanoseconds>-<process>`: the id of an operation says when it began.
            let parts = name.split(separator: "-")
            guard parts.count == 3, ["update", "create", "remove"].contains(parts[0]), let began = Int64(parts[1]),
                began < oldest
            else { continue }
            try FileSystem.removeTree(trash.appending(name), within: trash)
        }
    }

    /// Forgets what nobody asks for any more: permits, results of tests, runs with their logs, and data snapshots that no
    /// environment and no recent verdict can need.
    ///
    /// - Returns: the bytes that runs had set aside and that are gone.
    private func forgetTheOld() async throws -> Int64 {
        let now = project.host.time.now()
        try project.store.forgetPermits(at: now)
        try project.store.deleteTestResults(before: now + TimeSpan.days(-90))
        let loaded = try project.configuration(in: project.workTree)
        _ = try project.store.forgetRuns(keeping: 100)
        let aside = SetAsideOutputs(project.layout)
        let freed = try aside.delete(
            before: now + TimeSpan(seconds: -loaded.configuration.expiry.trash.seconds))
        try forgetLogs(besides: aside)
        let snapshots = SourcePinning.snapshots(project, loaded.configuration)
        try await DataClones(project: project).dropTheOld(
            trash: loaded.configuration.expiry.trash, templates: loaded.configuration.store.snapshots,
            unusedSince: now + TimeSpan.days(-30))
        guard FileSystem.exists(snapshots.root) else { return freed }
        try await snapshots.recover()
        let unused = try snapshots.unused(
            keeping: project.store.pinsInUse(), last: loaded.configuration.store.snapshots)
        for pin in unused where pin.pinnedAt < now + TimeSpan.days(-30) { try await snapshots.delete(pin.id) }
        return freed
    }

    /// Deletes the logs of forgotten runs, but for those with which something still lies that was set aside.
    private func forgetLogs(besides aside: SetAsideOutputs) throws {
        guard FileSystem.isDirectory(aside.logs) else { return }
        for run in try FileSystem.list(aside.logs) where try project.store.run(run.string) == nil {
            if !aside.isLeft(of: run) { try FileSystem.removeTree(aside.logs.appending(run), within: aside.logs) }
        }
    }

    /// Lets garbage collection have candidates that did not land, a week after they were built.
    private func releaseCandidates() async throws {
        let repository = try await project.repository()
        let oldest = project.host.time.now() + TimeSpan.days(-7)
        for reference in try await repository.references(beneath: "refs/headgate/candidates/") {
            if try await repository.commit(reference.target).committed < oldest {
                try await project.git.removeOwnReference(reference.name)
            }
        }
    }
}
