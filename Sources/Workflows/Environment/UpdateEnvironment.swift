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
        /// The workspace leads to the new pins.
        case sources
        /// The row holds the new pins.
        case record
    }

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

    /// - Parameter discard: drops changes that the environment made to its own copies of writable sources.
    /// - Throws: `EnvironmentError.ownDataChanges`; `SnapshotError`; `HostError.locked`.
    public func callAsFunction(_ workspace: Workspace, discard: Bool) async throws -> [Updated] {
        let branch = workspace.environment.branch
        let lock = try await HeldLock(
            at: project.lockFile(.environment, branch), mode: .exclusive, wait: .upTo(TimeSpan(seconds: 2)))
        defer { lock.release() }
        try await Trust(project: project).require(workspace.configuration)
        let pinning = SourcePinning(project: project, loaded: workspace.loaded)
        let old = workspace.environment.pins
        if !discard { try await requireNoOwnChanges(workspace, pinning) }
        let journal = try Journal.begin(
            "update", subject: branch.rawValue, payload: ["workspace": workspace.root.string], in: project)
        do {
            let pins = try await journal.step(Step.pins) { try await pinning.pinAfresh().map(\.pin) }
            try pinning.exclude()
            try await journal.step(Step.sources) {
                for source in workspace.configuration.sources where source.isWritable {
                    guard let pin = old.first(where: { $0.source == source.name }),
                        try !pinning.isLive(source, in: workspace.root)
                    else { continue }
                    try keepAside(source, of: workspace, operation: journal.operation.id)
                    try await pinning.snapshots.detach(pin, source: source, workspace: workspace.root, discarding: true)
                }
                try await pinning.attach(pins, in: workspace.root, replacing: old)
            }
            try await journal.step(Step.record) {
                _ = try project.store.update(branch) {
                    $0.pins = pins
                    $0.used = project.host.time.now()
                }
            }
            try journal.finish()
            return try pins.map { pin in
                let before = old.first { $0.source == pin.source }
                return Updated(
                    source: pin.source, pin: pin,
                    changes: try before.map { try pinning.snapshots.changes(from: $0, to: pin) } ?? [])
            }
        } catch {
            try await recover(journal.operation)
            throw error
        }
    }

    /// Moves the environment's own copy of a writable source to the trash: what was changed there exists nowhere else.
    private func keepAside(_ source: Source, of workspace: Workspace, operation: String) throws {
        guard let path = source.path, FileSystem.exists(workspace.root.appending(path)) else { return }
        let trash = project.workspacesRoot(workspace.configuration).appending(".trash").appending(operation)
        try FileSystem.makeDirectories(trash, mode: 0o700)
        let place = trash.appending(ContentHash(of: source.name).prefix(8))
        if FileSystem.exists(place) { return }
        try FileSystem.rename(workspace.root.appending(path), to: place, replacing: false)
        // What a database committed last may stand in its log only, and a log fits no other database.
        if source.kind.isDatabaseFile {
            for suffix in [".wal", "-wal", "-shm", "-journal"] {
                let log = FilePath(workspace.root.appending(path).string + suffix)
                guard FileSystem.exists(log) else { continue }
                try FileSystem.rename(log, to: FilePath(place.string + suffix), replacing: true)
            }
        }
        project.host.say("the changed copy of \(source.name) is at \(place) now")
    }

    /// Brings the workspace back to the pins that the row holds: the old ones before the last step, the new ones after.
    func recover(_ operation: Operation) async throws {
        defer { try? project.store.finish(operation.id) }  // What cannot be forgotten now is tried again next time.
        guard let branch = BranchName(operation.subject), let environment = try project.store.environment(for: branch),
            let path = operation.payload["workspace"], FileSystem.isDirectory(FilePath(path))
        else { return }
        let root = FilePath(path)
        let pinning = SourcePinning(project: project, loaded: try project.configuration(in: root))
        for source in pinning.loaded.configuration.sources where try !pinning.isLive(source, in: root) {
            guard let pin = environment.pins.first(where: { $0.source == source.name }) else { continue }
            let others = try pinning.snapshots.pins().filter { $0.source == source.name && $0.id != pin.id }
            for other in others where try pinning.leads(source, in: root, to: other) {
                try await pinning.attach([pin], in: root, replacing: [other])
            }
            if !FileSystem.exists(root.appending(source.path ?? "")) { try await pinning.attach([pin], in: root) }
        }
    }

    private func requireNoOwnChanges(_ workspace: Workspace, _ pinning: SourcePinning) async throws {
        var changed: [String] = []
        for source in workspace.configuration.sources where source.isWritable {
            guard let path = source.path, let pin = workspace.environment.pins.first(where: { $0.source == source.name }),
                try !pinning.isLive(source, in: workspace.root)
            else { continue }
            changed += try await pinning.snapshots.ownChanges(in: workspace.root.appending(path), since: pin)
                .prefix(5).map { "\(path)/\($0.summary)" }
        }
        guard changed.isEmpty else { throw EnvironmentError.ownDataChanges(workspace.environment.branch, changed) }
    }
}
