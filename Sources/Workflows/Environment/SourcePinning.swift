import Configuration
import DataTests
import Git
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// A source as it was pinned, with what that cost.
public struct PinnedSource: Sendable {
    public let pin: Pin
    /// Whether the pin was taken over instead of made.
    public let isTakenOver: Bool
    public let seconds: Double
}

/// A source as it would be pinned.
public struct PlannedSource: Sendable {
    public let name: String
    /// The pin that would be taken over, or `nil` when one would be made.
    public let existing: Pin?
    public let prediction: PinPrediction?
}

/// Pins the sources of one configuration and puts them into workspaces.
struct SourcePinning: Sendable {
    let project: Project
    let loaded: LoadedConfiguration

    var snapshots: SnapshotStore {
        SnapshotStore(
            root: project.workspacesRoot(loaded.configuration).appending(".store").appending("snapshots"),
            hashes: project.hashCache, time: project.host.time, width: project.host.cores, faults: project.host.faults,
            duckDB: { [host = project.host] in
                DuckDBEngine.locate(besides: host.parts.program, variables: host.variables)?.program
            })
    }

    /// The pins that a new environment takes over: those of `from`, of the rule's branch, or of the main protected
    /// branch.
    func base(for branch: BranchName, _ from: BranchName?) throws -> [Pin] {
        let configuration = loaded.configuration
        let named = from ?? configuration.rule(for: branch).from.flatMap { BranchName($0) }
        guard let base = try named ?? project.mainProtectedBranch(configuration) else { return [] }
        guard let environment = try project.store.environment(for: base) else {
            if let from { throw PersistenceError.noEnvironment(from) }
            return []
        }
        return environment.pins
    }

    func plan(takingFrom base: [Pin]) async throws -> [PlannedSource] {
        var planned: [PlannedSource] = []
        for source in try loaded.configuration.sources.map(checked) {
            let location = try location(of: source)
            if let pin = base.first(where: { $0.source == source.name && $0.location == location.string }) {
                planned.append(PlannedSource(name: source.name, existing: pin, prediction: nil))
            } else {
                let prediction = try await snapshots.predict(
                    source: source, location: location, policy: loaded.configuration.store)
                planned.append(PlannedSource(name: source.name, existing: nil, prediction: prediction))
            }
        }
        return planned
    }

    /// Whether there is a pin of its present location for every source, and for nothing else.
    func isComplete(_ pins: [Pin]) throws -> Bool {
        guard pins.count == loaded.configuration.sources.count else { return false }
        return try loaded.configuration.sources.allSatisfy { source in
            let location = try location(of: source).string
            return pins.contains { $0.source == source.name && $0.location == location }
        }
    }

    /// Pins every source: takes the pin of `base` where it is of the same location, else looks at the location.
    func pin(takingFrom base: [Pin]) async throws -> [PinnedSource] {
        var pinned: [PinnedSource] = []
        for source in try loaded.configuration.sources.map(checked) {
            let location = try location(of: source)
            if let pin = base.first(where: { $0.source == source.name && $0.location == location.string }) {
                pinned.append(PinnedSource(pin: pin, isTakenOver: true, seconds: 0))
            } else {
                pinned.append(try await pinAfresh(source, at: location))
            }
        }
        return pinned
    }

    /// Pins every source as its location is now; one that has not changed keeps its pin.
    func pinAfresh() async throws -> [PinnedSource] {
        var pinned: [PinnedSource] = []
        for source in try loaded.configuration.sources.map(checked) {
            pinned.append(try await pinAfresh(source, at: location(of: source)))
        }
        return pinned
    }

    private func pinAfresh(_ source: Source, at location: FilePath) async throws -> PinnedSource {
        let began = SystemClock.monotonicNanoseconds()
        let pin = try await snapshots.pin(
            source: source, location: location, policy: loaded.configuration.store,
            previous: try newestPin(of: source.name, at: location), progress: nil)
        return PinnedSource(
            pin: pin, isTakenOver: false, seconds: Double(SystemClock.monotonicNanoseconds() - began) / 1e9)
    }

    /// The newest pin that any environment holds of this source at this location.
    private func newestPin(of source: String, at location: FilePath) throws -> Pin? {
        try project.store.environments().flatMap(\.pins)
            .filter { $0.source == source && $0.location == location.string }
            .max { $0.pinnedAt < $1.pinnedAt }
    }

    /// Where a source lives for real: its location, or the same path in the main working tree.
    func location(of source: Source) throws -> FilePath {
        let main = project.layout.mainWorkTree ?? project.workTree
        if let written = loaded.local?.locations[source.name] ?? source.location {
            let text = try Secrets(project, loaded.configuration).fill(written, for: "the location of \(source.name)")
            return main.pushing(project.expandingHome(text)).lexicallyNormalized()
        }
        guard let path = source.path else { throw ProjectError.noLocation(source: source.name) }
        return main.pushing(FilePath(path)).lexicallyNormalized()
    }

    /// Whether a working tree holds the live data of a source itself, which then stays where it is.
    func isLive(_ source: Source, in workspace: FilePath) throws -> Bool {
        guard let path = source.path else { return false }
        return try workspace.pushing(FilePath(path)).lexicallyNormalized() == location(of: source)
    }

    /// Puts the sources into a workspace, but for those whose live data stands there.
    func attach(_ pins: [Pin], in workspace: FilePath, replacing previous: [Pin] = []) async throws {
        for source in loaded.configuration.sources {
            guard source.path != nil, let pin = pins.first(where: { $0.source == source.name }),
                try !isLive(source, in: workspace)
            else { continue }
            try await snapshots.attach(
                pin, source: source, workspace: workspace, policy: loaded.configuration.store,
                replacing: previous.first { $0.source == source.name })
        }
    }

    /// Whether the link at a source's path leads to a pin.
    func leads(_ source: Source, in workspace: FilePath, to pin: Pin) throws -> Bool {
        guard let path = source.path, !source.isWritable else { return false }
        let place = workspace.appending(path)
        guard try FileSystem.status(place)?.kind == .symbolicLink else { return false }
        return try FileSystem.readLink(place) == snapshots.relativeLink(from: workspace, path: path, to: pin)
    }

    /// Puts back the links to read-only sources that are gone from a workspace, or lead nowhere: removed by hand, by a
    /// step of a run that was cut short, or moved with the workspace.
    func restore(_ pins: [Pin], in workspace: FilePath) async throws {
        for source in loaded.configuration.sources where !source.isWritable {
            guard let path = source.path, let pin = pins.first(where: { $0.source == source.name }),
                try !isLive(source, in: workspace)
            else { continue }
            let place = workspace.pushing(FilePath(path))
            let link = try FileSystem.status(place)
            let leads = try FileSystem.status(place, followLinks: true) != nil
            if link?.kind == .symbolicLink && !leads {
                try FileSystem.remove(place)
            } else if link != nil {
                continue
            }
            try await snapshots.attach(pin, source: source, workspace: workspace, policy: loaded.configuration.store)
        }
    }

    /// Keeps the sources and our own files out of Git, in the marked block that all worktrees share.
    func exclude() throws {
        let name = "excluded"
        let separator: Character = "\u{1}"
        let present = Set((try project.store.setting(name) ?? "").split(separator: separator).map(String.init))
        let wanted = present.union([".headgate"] + loaded.configuration.sources.compactMap(\.path))
        let block = ExcludeBlock(project.layout)
        if try wanted == present && !block.patterns().isEmpty { return }
        try block.set(wanted.sorted().map { FilePath($0) })
        try project.store.set(name, to: wanted.sorted().joined(separator: String(separator)))
    }

    /// - Throws: `EnvironmentError.trackedSource`.
    func requireUntracked(_ git: GitProgram) async throws {
        for source in loaded.configuration.sources {
            guard let path = source.path else { continue }
            if let file = try await git.trackedFiles(beneath: FilePath(path)).first {
                throw EnvironmentError.trackedSource(source: source.name, file: file)
            }
        }
    }

    private func checked(_ source: Source) throws -> Source {
        guard source.kind == .files || source.kind.isDatabaseFile else {
            throw ProjectError.kindNotAvailable(source: source.name, kind: source.kind)
        }
        return source
    }
}
