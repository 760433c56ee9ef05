import FoundationEssentials
import Git
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Pins today's data for an environment.
public struct UpdateEnvironment: Sendable {
    enum Step: String, CaseIterable {
        /// Every source is pinned as its location is now.
        case pins
        /// Databases of its own are made of the new pins, beside the old ones.
        case clones
        /// The workspace leads to the new pins.
        case sources
        /// The row holds the new pins.
        case record
        /// The old databases are set aside.
        case retire
    }

    /// One source, pinned afresh.
    public struct Updated: Sendable {
        public let source: String
        public let pin: Pin
        /// What differs from the pin before; empty where the location had not changed.
        public let changes: [PinChange]
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// What becomes of changes that the environment made to its own copies of writable sources.
    public enum OwnChanges: Sendable {
        /// They are a reason to refuse.
        case refuse
        /// They go to the trash.
        case discard
        /// They are made again in the new data, file by file.
        case keep
    }

    /// Pins every source as its location is now, and leads the workspace there; a failure leaves the old pins.
    ///
    /// - Throws: `EnvironmentError.ownDataChanges`, `.dataConflicts`; `SnapshotError`; `HostError.locked`.
    public func callAsFunction(_ workspace: Workspace, ownChanges: OwnChanges = .refuse) async throws -> [Updated] {
        let branch = workspace.environment.branch
        let lock = try await HeldLock(
            at: project.lockFile(.environment, branch), mode: .exclusive, wait: .upTo(TimeSpan(seconds: 2)))
        defer { lock.release() }
        // It was opened before the lock was held, and may have been removed, or made anew, since.
        guard let now = try project.store.environment(for: branch), now.state == .ready,
            now.workspace == workspace.environment.workspace, FileSystem.isDirectory(workspace.root)
        else { throw EnvironmentError.underWay(branch, .removing) }
        var workspace = workspace
        workspace.environment = now
        try await Trust(project: project).require(workspace.configuration)
        let pinning = try SourcePinning(project: project, loaded: workspace.loaded, branch: branch)
        try pinning.requireNoLiveDatabase(in: workspace.root)
        let owner = workspace.environment.cloneOwner
        let old = workspace.environment.pins
        if case .refuse = ownChanges { try await requireNoOwnChanges(workspace, pinning) }
        let journal = try Journal.begin(
            "update", subject: branch.rawValue,
            payload: [
                "workspace": workspace.root.string, "pins": old.map(\.id).sorted().joined(separator: " "),
            ], in: project)
        do {
            let pins = try await journal.step(Step.pins) { try await pinning.pinAfresh(in: workspace.root).map(\.pin) }
            let kept = KeptChanges(
                project: project, workspace: workspace, pinning: pinning, operation: journal.operation.id)
            if case .keep = ownChanges { try await kept.requireNoConflicts(from: old, to: pins) }
            try pinning.exclude()
            try await journal.step(Step.clones) {
                try await pinning.provideClones(pins, for: owner, in: workspace.root)
            }
            try await journal.step(Step.sources) {
                for source in workspace.configuration.sources where source.isWritable {
                    guard let before = old.first(where: { $0.source == source.name }),
                        let after = pins.first(where: { $0.source == source.name })
                    else { continue }
                    try await kept.renew(source, from: before, to: after, keeping: ownChanges == .keep)
                }
                try await pinning.attach(pins.filter { try kept.lacks($0) }, in: workspace.root, replacing: old)
            }
            try await journal.step(Step.record) {
                _ = try project.store.update(branch) {
                    $0.pins = pins
                    $0.used = project.host.time.now()
                }
            }
            try await journal.step(Step.retire) {
                try await DataClones(project: project).retire(owner, keeping: pins)
            }
            try journal.finish()
            return try pins.map { pin in
                let before = old.first { $0.source == pin.source }
                return Updated(
                    source: pin.source, pin: pin,
                    changes: try before.map { try changes(from: $0, to: pin, pinning.snapshots) } ?? [])
            }
        } catch {
            await project.takeBack { try await recover(journal.operation) }
            throw error
        }
    }

    private func changes(from old: Pin, to new: Pin, _ snapshots: SnapshotStore) throws -> [PinChange] {
        if old.kind.isOfFiles && new.kind.isOfFiles {
            do {
                return try snapshots.changes(from: old, to: new)
            } catch SnapshotError.snapshotMissing {
                // An update is what brings data back where the old snapshot is gone.
            }
        }
        return old.fingerprint == new.fingerprint ? [] : [PinChange(path: new.source, was: nil, now: nil)]
    }

    /// Brings the workspace back to the pins that the row holds: the old ones before the last step, the new ones after.
    func recover(_ operation: Operation) async throws {
        try await bringBack(operation)
        try project.store.finish(operation.id)
    }

    private func bringBack(_ operation: Operation) async throws {
        guard let branch = BranchName(operation.subject), let environment = try project.store.environment(for: branch),
            let path = operation.payload["workspace"], FileSystem.isDirectory(FilePath(path))
        else { return }
        let root = FilePath(path)
        let pinning = try SourcePinning(project: project, loaded: try project.configuration(in: root), branch: branch)
        let workspace = Workspace(
            project: project, environment: environment, root: root, loaded: pinning.loaded, git: project.git)
        let kept = KeptChanges(project: project, workspace: workspace, pinning: pinning, operation: operation.id)
        let isCommitted = environment.pins.map(\.id).sorted().joined(separator: " ") != operation.payload["pins"]
        for source in pinning.sources {
            guard let home = try pinning.home(of: source, in: root) else { continue }
            if source.isWritable { try await kept.recover(source, isCommitted: isCommitted) }
            // By a configuration that no update takes, so that there is no copy to bring back.
            if source.isWritable, source.kind.isDatabaseFile, try pinning.isLive(source, in: root) { continue }
            guard let pin = environment.pins.first(where: { $0.source == source.name }) else { continue }
            let others = try pinning.snapshots.pins().filter { $0.source == source.name && $0.id != pin.id }
            for other in others where try pinning.leads(source, in: root, to: other) {
                try await pinning.attach([pin], in: root, replacing: [other])
            }
            if !FileSystem.exists(home.appending(source.path ?? "")) { try await pinning.attach([pin], in: root) }
        }
    }

    private func requireNoOwnChanges(_ workspace: Workspace, _ pinning: SourcePinning) async throws {
        var changed: [String] = []
        for source in workspace.configuration.sources where source.isWritable {
            guard let path = source.path,
                let pin = workspace.environment.pins.first(where: { $0.source == source.name }),
                let home = try pinning.home(of: source, in: workspace.root)
            else { continue }
            do {
                changed += try await pinning.snapshots.ownChanges(in: home.appending(path), since: pin)
                    .prefix(5).map { $0.summary(at: path, of: pin) }
            } catch SnapshotError.snapshotMissing {
                changed.append("\(path) (what it was copied from is gone, so that its changes cannot be told)")
            }
        }
        changed += try await DataClones(project: project).ownChanges(workspace.environment.cloneOwner)
        guard changed.isEmpty else { throw EnvironmentError.ownDataChanges(workspace.environment.branch, changed) }
    }
}
