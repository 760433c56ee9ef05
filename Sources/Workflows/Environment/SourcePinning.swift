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
    /// The branch that addresses and commands of sources are resolved for.
    let branch: BranchName
    /// The sources in the order of the file, with every placeholder replaced but those of secrets.
    let sources: [Source]

    init(project: Project, loaded: LoadedConfiguration, branch: BranchName) throws {
        self.project = project
        self.loaded = loaded
        self.branch = branch
        let resolved = try ConfigurationResolver.resolveSources(
            loaded.configuration,
            in: ResolutionContext(
                branch: branch, environmentName: branch.slug,
                ports: loaded.configuration.ports(of: try project.store.environment(for: branch)), local: loaded.local))
        // Tests are resolved with the pipeline, for the values that a run is given.
        sources = zip(loaded.configuration.sources, resolved).map { written, resolved in
            var source = resolved
            source.tests = written.tests
            return source
        }
    }

    /// The store of a project's data snapshots.
    static func snapshots(_ project: Project, _ configuration: ProjectConfiguration) -> SnapshotStore {
        SnapshotStore(
            root: project.workspacesRoot(configuration).appending(".store").appending("snapshots"),
            hashes: project.hashCache, time: project.host.time, width: project.host.cores, faults: project.host.faults,
            duckDB: { [host = project.host] in
                DuckDBEngine.locate(besides: host.parts.program, variables: host.variables)?.program
            })
    }

    var snapshots: SnapshotStore { Self.snapshots(project, loaded.configuration) }

    private var projects: ProjectPinning {
        ProjectPinning(project: project, configuration: loaded.configuration, snapshots: snapshots)
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
        for source in sources {
            if let pin = try held(source, in: base) {
                planned.append(PlannedSource(name: source.name, existing: pin, prediction: nil))
            } else if !source.hasLocation {
                planned.append(
                    PlannedSource(name: source.name, existing: nil, prediction: try await prediction(of: source)))
            } else {
                let prediction = try await snapshots.predict(
                    source: source, location: location(of: source), policy: loaded.configuration.store)
                planned.append(PlannedSource(name: source.name, existing: nil, prediction: prediction))
            }
        }
        return planned
    }

    /// Whether there is a pin of its present location for every source, and for nothing else.
    func isComplete(_ pins: [Pin]) throws -> Bool {
        guard pins.count == sources.count else { return false }
        return try sources.allSatisfy { try held($0, in: pins) != nil }
    }

    /// What the next run will pin where `pins` are not complete, as one sentence.
    func announcement(_ pins: [Pin]) throws -> String {
        if pins.isEmpty { return "the data of \(branch) is pinned at its first run" }
        let missing = try sources.filter { try held($0, in: pins) == nil }.map(\.name)
        return "the pinned data of \(branch) is not what headgate.yaml names; its next run "
            + (missing.isEmpty ? "drops the rest" : "pins \(missing.joined(separator: ", "))")
    }

    /// The pin of a source's present location.
    private func held(_ source: Source, in pins: [Pin]) throws -> Pin? {
        if source.kind == .project {
            return try pins.first { try $0.source == source.name && projects.isOf($0, source) }
        }
        let place = try identity(of: source)
        return pins.first { $0.source == source.name && $0.location == place && $0.origin == nil }
    }

    /// What says of a pin where it was taken.
    private func identity(of source: Source) throws -> String {
        switch source.kind {
        case .files, .sqlite, .duckdb, .project: try resolved(location(of: source)).string
        case .postgres: PostgresPinning.identity(of: source)
        case .command: CommandClones.identity(of: source)
        }
    }

    private func prediction(of source: Source) async throws -> PinPrediction {
        if source.kind == .postgres {
            return try await PostgresPinning(
                project: project, configuration: loaded.configuration, snapshots: snapshots
            ).predict(source)
        }
        if source.kind == .project { return try await projects.predict(source) }
        return PinPrediction(
            kind: .fingerprint, files: 0, bytes: 0, newBytes: 0, seconds: 0,
            reason: "a command says what identifies the data")
    }

    /// Pins every source: takes the pin of `base` where it is of the same location, else looks at the location.
    ///
    /// - Parameter place: where commands that stand for sources run.
    func pin(takingFrom base: [Pin], in place: FilePath) async throws -> [PinnedSource] {
        var pinned: [PinnedSource] = []
        for source in sources {
            if let pin = try held(source, in: base) {
                pinned.append(PinnedSource(pin: pin, isTakenOver: true, seconds: 0))
            } else {
                pinned.append(try await pinAfresh(source, in: place))
            }
        }
        return pinned
    }

    /// Pins every source as its location is now; one that has not changed keeps its pin.
    func pinAfresh(in place: FilePath) async throws -> [PinnedSource] {
        var pinned: [PinnedSource] = []
        for source in sources { pinned.append(try await pinAfresh(source, in: place)) }
        return pinned
    }

    private func pinAfresh(_ source: Source, in place: FilePath) async throws -> PinnedSource {
        let began = SystemClock.monotonicNanoseconds()
        let pin: Pin
        switch source.kind {
        case .files, .sqlite, .duckdb:
            let location = try location(of: source)
            let previous = try newestPin(of: source.name, at: location)
            let progress = CopyProgress("\(source.name) into the store", say: project.host.say)
            pin = try await snapshots.pin(
                source: source, location: location, policy: loaded.configuration.store,
                previous: previous, progress: progress.note)
            if pin.id != previous?.id { try tellLinksLeadingOut(of: pin) }
        case .postgres:
            pin = try await PostgresPinning(
                project: project, configuration: loaded.configuration, snapshots: snapshots
            ).pin(source)
        case .command:
            pin = try await CommandClones(clones: DataClones(project: project)).pin(source, in: clonePlace(in: place))
        case .project:
            pin = try await projects.pin(source)
            try tellLinksLeadingOut(of: pin)
        }
        return PinnedSource(
            pin: pin, isTakenOver: false, seconds: Double(SystemClock.monotonicNanoseconds() - began) / 1e9)
    }

    private func tellLinksLeadingOut(of pin: Pin) throws {
        let links = try snapshots.linksLeadingOut(of: pin)
        guard let first = links.first else { return }
        project.host.say(
            "\(pin.source): \(links.count == 1 ? "a link leads" : "\(links.count) links lead") out of it "
                + "(\(first.path) → \(first.target)\(links.count > 1 ? ", …" : "")); what is there is not pinned")
    }

    /// The newest pin that any environment holds of this source at this location, or else that the store does: one that a
    /// failed creation made is not made again by the next try.
    private func newestPin(of source: String, at location: FilePath) throws -> Pin? {
        let place = resolved(location).string
        func newest(_ pins: [Pin]) -> Pin? {
            pins.filter { $0.source == source && $0.location == place && $0.origin == nil }.max {
                $0.pinnedAt < $1.pinnedAt
            }
        }
        if let held = try newest(project.store.environments().flatMap(\.pins)) { return held }
        // Nobody holds those to the kind of thing that the location was.
        let isDirectory = FileSystem.isDirectory(resolved(location))
        return try newest(snapshots.pins().filter { $0.isSingleFile != isDirectory })
    }

    /// A location without the links on the way there, as pins name it; one that is not there as it was written.
    private func resolved(_ location: FilePath) -> FilePath {
        (try? FileSystem.canonical(location)) ?? location
    }

    /// Where a source lives for real: its location, or the same path in the main working tree.
    func location(of source: Source) throws -> FilePath {
        let main = project.layout.mainWorkTree ?? project.workTree
        if let written = sources.first(where: { $0.name == source.name })?.location {
            let text = try Secrets(project, loaded.configuration).fill(written, for: "the location of \(source.name)")
            return main.pushing(project.expandingHome(text)).lexicallyNormalized()
        }
        guard let path = source.path else { throw ProjectError.noLocation(source: source.name) }
        return main.pushing(FilePath(path)).lexicallyNormalized()
    }

    /// Keeps the sources and our own files out of Git, in the marked block that all worktrees share.
    func exclude() throws {
        let name = "excluded"
        let separator: Character = "\u{1}"
        let present = Set((try project.store.setting(name) ?? "").split(separator: separator).map(String.init))
        let wanted = present.union([".headgate"] + sources.compactMap(\.path))
        let block = ExcludeBlock(project.layout)
        if try wanted == present && !block.patterns().isEmpty { return }
        try block.set(wanted.sorted().map { FilePath($0) })
        try project.store.set(name, to: wanted.sorted().joined(separator: String(separator)))
    }

    /// - Throws: `EnvironmentError.trackedSource`.
    func requireUntracked(_ git: GitProgram) async throws {
        for source in sources {
            guard let path = source.path else { continue }
            if let file = try await git.trackedFiles(beneath: FilePath(path)).first {
                throw EnvironmentError.trackedSource(source: source.name, file: file)
            }
        }
    }

    /// Makes the clones that an owner's sources need, where there are such sources.
    ///
    /// - Parameter place: the working tree that they are for.
    func provideClones(_ pins: [Pin], for owner: DataClone.Owner, in place: FilePath) async throws {
        guard sources.contains(where: \.isCloned) else { return }
        try await DataClones(project: project).provide(pins, of: sources, for: owner, in: clonePlace(in: place))
    }

    /// For whom commands of sources run, and with which variables.
    func clonePlace(in workspace: FilePath) throws -> ClonePlace {
        let ports = loaded.configuration.ports(of: try project.store.environment(for: branch))
        var variables = ["HEADGATE_BRANCH": branch.rawValue, "HEADGATE_ENVIRONMENT": branch.slug]
        for (name, number) in ports { variables["HEADGATE_PORT_" + name.uppercased()] = String(number) }
        let resolved = try ConfigurationResolver.resolveEnvironment(
            loaded.configuration,
            in: ResolutionContext(branch: branch, environmentName: branch.slug, ports: ports, local: loaded.local))
        let values = try Secrets(project, loaded.configuration).values(loaded.configuration.secrets)
        var secrets = values
        for variable in resolved.variables {
            switch variable.value {
            case .text(let text): variables[variable.name] = text
            case .secret(let name): secrets[variable.name] = values[name]
            }
        }
        return ClonePlace(
            branch: branch, workspace: workspace, configuration: loaded.configuration, variables: variables,
            secrets: secrets)
    }
}

extension Source {
    /// Whether it is pinned from files at a place of its own.
    var hasLocation: Bool { kind.isOfFiles && kind != .project }
}
