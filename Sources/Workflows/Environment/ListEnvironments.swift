import Configuration
import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Says what is known of every environment: state, pins, size, and why it may go.
public struct ListEnvironments: Sendable {
    /// An environment's own copy of a writable source.
    public struct Copy: Sendable {
        public let path: FilePath
        /// How many files in it are not as pinned.
        public let changed: Int
    }

    /// What is known of one environment.
    public struct Entry: Sendable {
        public let environment: BranchEnvironment
        /// Whether the workspace was deleted or moved by hand.
        public let isMissing: Bool
        public let expires: Timestamp?
        public let expired: [ExpiryReason]
        /// Bytes that only this environment holds.
        public let ownBytes: Int64
        /// Bytes of its pins, which others may hold as well.
        public let sharedBytes: Int64
        /// The sources that the project still has, by name.
        public let sources: [String: Source]
        /// What it has pinned of other projects, by source.
        public let projects: [String: ProjectPin]
        /// Its branches of sources in systems of their own.
        public let clones: [DataClone]
        /// Its own copies of writable sources, by source; only where details were asked for.
        public var copies: [String: Copy] = [:]
        /// The names of the variables that commands find there, secrets among them; only where details were asked for.
        public var variables: [String] = []
        /// Commit, data and config as one hash; only where one environment was asked for.
        public var fingerprint: ContentHash?

        /// Where a pinned source lives, for people: a location with a secret in it as the configuration writes it.
        public func place(of pin: Pin) -> String {
            guard let written = sources[pin.source]?.location, !SecretReference.names(in: written).isEmpty else {
                return pin.location
            }
            return written
        }
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Returns every environment, in the order of the branches' names.
    ///
    /// - Parameters:
    ///   - measures: whether the workspaces are walked for their size; without it, own bytes are 0.
    ///   - details: whether copies and names of variables are looked up.
    public func callAsFunction(measures: Bool, details: Bool = false) async throws -> [Entry] {
        let loaded = try project.configuration(in: project.workTree)
        try await project.followMoves()
        var entries: [Entry] = []
        for environment in try project.store.environments() {
            entries.append(try await entry(environment, loaded, measures: measures, details: details))
        }
        return entries
    }

    /// Returns one environment in full, with its fingerprint.
    ///
    /// - Throws: `PersistenceError.noEnvironment`.
    public func callAsFunction(_ branch: BranchName) async throws -> Entry {
        try await project.followMoves()
        let environment = try project.store.requireEnvironment(for: branch)
        let loaded = try project.configuration(in: project.workTree)
        var entry = try await entry(environment, loaded, measures: true, details: true)
        if let workspace = environment.workspace.map({ FilePath($0) }), !entry.isMissing {
            entry.fingerprint = try EnvironmentFingerprint(project: project)(
                environment, commit: try project.layout.resolve(reference: branch.reference),
                loaded: try project.configuration(in: workspace))
        }
        return entry
    }

    private func entry(
        _ environment: BranchEnvironment, _ loaded: LoadedConfiguration, measures: Bool, details: Bool
    ) async throws -> Entry {
        let configuration = loaded.configuration
        let facts = try await facts(environment, configuration)
        let expiry = configuration.expiry.overridden(by: configuration.rule(for: environment.branch).expiry)
        let isOurs = environment.kind == .linked
        let isMissing = environment.workspace.map { !FileSystem.isDirectory(FilePath($0)) } ?? false
        // What has no workspace, in a working tree of the user's, is of no use without its branch.
        let isOrphaned = !isOurs && !facts.branchExists && (environment.workspace == nil || isMissing)
        let usage = try measures ? usage(environment, configuration) : nil
        var entry = Entry(
            environment: environment,
            isMissing: isMissing,
            expires: isOurs ? expiry.moment(facts) : nil,
            expired: isOurs || isOrphaned ? expiry.reasons(facts).filter { isOurs || $0 == .branchDeleted } : [],
            ownBytes: usage?.own ?? 0,
            sharedBytes: environment.pins.reduce(usage?.shared ?? 0) { $0 + $1.bytes },
            sources: Dictionary(configuration.sources.map { ($0.name, $0) }) { first, _ in first },
            projects: Dictionary(
                environment.projectPins(now: project.host.time.now()).map { ($0.source, $0) }
            ) { first, _ in first },
            clones: try project.store.clones().filter { $0.state == .ready && $0.owner == environment.cloneOwner })
        if details {
            let more = EnvironmentDetails(environment, in: project, caller: loaded)
            entry.variables = more.variables()
            entry.copies = try await more.copies()
        }
        return entry
    }

    private func facts(
        _ environment: BranchEnvironment, _ configuration: ProjectConfiguration
    ) async throws -> ExpiryFacts {
        let tip = try project.layout.resolve(reference: environment.branch.reference)
        var facts = ExpiryFacts(
            branchExists: tip != nil, mergedSince: nil, upstreamIsGone: false, used: environment.used,
            keptUntil: environment.keptUntil, now: project.host.time.now())
        guard let tip, environment.kind == .linked else { return facts }
        let repository = try await project.repository()
        facts.mergedSince = try await MergedBranch(project: project).since(environment, tip: tip, configuration)
        if let upstream = try await repository.upstream(of: environment.branch) {
            facts.upstreamIsGone = upstream.tip == nil && upstream.trackingReference != nil
        }
        return facts
    }

    /// What a workspace that Headgate made takes, or else the copies of writable sources that stand in for live data.
    private func usage(
        _ environment: BranchEnvironment, _ configuration: ProjectConfiguration
    ) throws -> DiskUsage? {
        let place =
            environment.kind == .linked
            ? environment.workspace.map { FilePath($0) }
            : OwnCopies(besides: SourcePinning.snapshots(project, configuration), slug: environment.slug).folder
        guard let place, FileSystem.isDirectory(place) else { return nil }
        return try DiskUsage(of: place, width: project.host.cores)
    }
}
