import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Removing an environment without a workspace: its row, its clones and its own copies of writable sources are all there
/// is, and go to the trash like any other.
extension RemoveEnvironment {
    /// The own copies of an environment that was the main workspace's.
    struct ParkedData {
        let environment: BranchEnvironment
        let loaded: LoadedConfiguration
        let snapshots: SnapshotStore
        let copies: OwnCopies
        /// The main working tree; `nil` in a bare repository, where nothing was ever copied.
        let main: FilePath?

        /// What the environment changed in them that no step's outputs explain, each as one sentence.
        func changes() async throws -> [String] {
            guard let main else { return [] }
            let paths = Dictionary(
                loaded.configuration.sources.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first })
            let explained = ExplainedData(by: loaded.configuration)
            var reasons: [String] = []
            for pin in environment.pins {
                guard let copy = try copies.copy(of: pin, at: paths[pin.source] ?? nil, in: main),
                    let reason = explained.refusal(
                        for: try await snapshots.ownChanges(in: copy.at, since: pin), at: copy.path, of: pin)
                else { continue }
                reasons.append(reason)
            }
            return reasons
        }
    }

    /// - Throws: what is wrong with the configuration: without it nobody knows where the copies are.
    func parkedData(_ environment: BranchEnvironment) throws -> ParkedData {
        let loaded = try project.configuration(in: project.workTree)
        let snapshots = SourcePinning.snapshots(project, loaded.configuration)
        return ParkedData(
            environment: environment, loaded: loaded, snapshots: snapshots,
            copies: OwnCopies(besides: snapshots, slug: environment.slug), main: project.layout.mainWorkTree)
    }

    func removeParked(
        _ environment: BranchEnvironment, reason: String, stays: String, force: Bool
    ) async throws -> Removed {
        let data = try parkedData(environment)
        let root = project.workspacesRoot(data.loaded.configuration).appending(".trash")
        let journal = try Journal.begin(
            "remove", subject: environment.branch.rawValue,
            payload: [
                "parked": "true", "copies": data.copies.folder.string, "trash": root.string, "reason": reason,
                "was": environment.state.rawValue,
            ], in: project)
        do {
            try await carryOut(environment, journal, force: force)
        } catch {
            await project.takeBack { try await recover(journal.operation) }
            throw error
        }
        let entry = try project.store.trashEntry(operation: journal.operation.id)
        return Removed(
            branch: environment.branch,
            trash: entry?.moved.isEmpty == false ? root.appending(journal.operation.id) : "",
            bytes: entry?.bytes ?? 0, stays: stays)
    }

    /// Finishes once the copies have moved, and undoes before.
    func recoverParked(_ environment: BranchEnvironment, _ operation: Operation) async throws {
        let journal = Journal.resume(operation, in: project)
        guard operation.lastStep == Step.move.rawValue || FileSystem.exists(trashedCopies(operation)) else {
            return try await undo(environment, journal)
        }
        try await carryOut(environment, journal, force: true)
    }

    private func carryOut(_ environment: BranchEnvironment, _ journal: Journal, force: Bool) async throws {
        let operation = journal.operation
        let copies = FilePath(operation.payload["copies"] ?? "")
        let target = trashedCopies(operation)
        try await journal.step(Step.record) {
            if try project.store.requireEnvironment(for: environment.branch).state != .removing {
                try project.store.update(environment.branch) { $0.state = .removing }
            }
        }
        try await journal.step(Step.clones) {
            try await DataClones(project: project).setAside(
                environment.cloneOwner, operation: operation.id, force: force)
        }
        try await journal.step(Step.move) {
            guard FileSystem.exists(copies), !FileSystem.exists(target) else { return }
            try FileSystem.makeDirectories(target.removingLastComponent(), mode: 0o700)
            try FileSystem.rename(copies, to: target, replacing: false)
        }
        try await journal.step(Step.trashed) {
            let isThere = FileSystem.exists(target)
            var kept = environment
            kept.state = .parked
            kept.workspace = nil
            try forget(
                kept, moved: isThere ? [.init(from: copies.string, to: target.string)] : [], operation: operation.id,
                reason: operation.payload["reason"] ?? "removed", bytes: isThere ? ownBytes(target) : 0)
            if isThere { project.host.say("the data of its own is at \(target) now") }
        }
        try journal.finish()
    }

    private func trashedCopies(_ operation: Operation) -> FilePath {
        FilePath(operation.payload["trash"] ?? "").appending(operation.id).appending("data")
    }
}
