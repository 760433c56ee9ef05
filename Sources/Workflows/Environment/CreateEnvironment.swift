import FoundationEssentials
import Git
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Gives a branch an environment with a linked workspace: working tree, pinned data, config.
public struct CreateEnvironment: Sendable {
    enum Step: String, CaseIterable {
        /// A new branch exists.
        case branch
        /// Git knows the worktree.
        case worktree
        /// Its files are checked out, its index is fresh.
        case checkout
        /// Every source is pinned.
        case pins
        /// What must never be committed is excluded from Git.
        case exclude
        /// Ignored files that the configuration names are copied.
        case copies
        /// The sources stand in the workspace.
        case sources
        /// The variables are written.
        case config
        /// It has databases of its own, where sources are databases.
        case clones
        /// The rule's setup ran.
        case setup
    }

    /// What to create.
    public struct Request: Sendable {
        public var branch: BranchName
        /// The commit a new branch starts at, as the user wrote it; `nil` takes the caller's HEAD.
        public var start: String?
        /// Whether a missing branch is made.
        public var makesBranch: Bool
        /// Whether the branch must be new.
        public var requiresNew: Bool
        /// The branch whose pins it takes; `nil` takes the rule's.
        public var pinsFrom: BranchName?

        public init(
            branch: BranchName, start: String? = nil, makesBranch: Bool, requiresNew: Bool = false,
            pinsFrom: BranchName? = nil
        ) {
            self.branch = branch
            self.start = start
            self.makesBranch = makesBranch
            self.requiresNew = requiresNew
            self.pinsFrom = pinsFrom
        }
    }

    /// What creating would do.
    public struct Plan: Sendable {
        public let workspace: FilePath
        public let newBranchAt: ObjectID?
        public let sources: [PlannedSource]
    }

    /// What was created.
    public struct Created: Sendable {
        public let environment: BranchEnvironment
        public let workspace: FilePath
        public let sources: [PinnedSource]
        public let seconds: Double
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Says what creating would do, and changes nothing.
    public func plan(_ request: Request) async throws -> Plan {
        let (loaded, start) = try await check(request)
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: request.branch)
        return Plan(
            workspace: project.workspacesRoot(loaded.configuration).appending(try slug(for: request.branch)),
            newBranchAt: start?.commit,
            sources: try await pinning.plan(takingFrom: pinning.base(for: request.branch, request.pinsFrom)))
    }

    /// Creates the environment; when anything fails, nothing of it is left.
    ///
    /// - Throws: `EnvironmentError`, `GitError`, `SnapshotError`, `HostError.locked`.
    public func callAsFunction(_ request: Request) async throws -> Created {
        let began = SystemClock.monotonicNanoseconds()
        let lock = try await HeldLock(
            at: project.lockFile(.environment, request.branch), mode: .exclusive, wait: .upTo(TimeSpan(seconds: 2)))
        defer { lock.release() }
        let (loaded, start) = try await check(request)
        let workspace = project.workspacesRoot(loaded.configuration).appending(try slug(for: request.branch))
        var payload = ["workspace": workspace.string, "branch-made-at": start?.commit.hex ?? ""]
        let parked = try project.store.environment(for: request.branch)
        if let parked {
            payload["parked"] = String(decoding: try JSONEncoder().encode(parked), as: UTF8.self)
        }
        let journal = try Journal.begin(
            "create", subject: request.branch.rawValue, payload: payload, in: project, syncsSteps: false
        ) {
            try record(request.branch, workspace, start?.commit, parked)
        }
        do {
            let (environment, sources) = try await carryOut(request, loaded, start, workspace, parked, journal)
            return Created(
                environment: environment, workspace: workspace, sources: sources,
                seconds: Double(SystemClock.monotonicNanoseconds() - began) / 1e9)
        } catch {
            await project.takeBack { try await recover(journal.operation) }
            throw error
        }
    }

    private func carryOut(
        _ request: Request, _ caller: LoadedConfiguration, _ start: BranchStart?, _ workspace: FilePath,
        _ parked: BranchEnvironment?, _ journal: Journal
    ) async throws -> (BranchEnvironment, [PinnedSource]) {
        let branch = request.branch
        if let start {
            try await journal.step(Step.branch) { try await start.create(branch, with: project.git) }
        }
        try FileSystem.makeDirectories(workspace.removingLastComponent())
        let git = try await journal.step(Step.worktree) {
            try await project.git.addWorktree(at: workspace, .branch(branch))
        }
        try await journal.step(Step.checkout) {
            for remark in try await git.populate() { project.host.say(remark) }
            for submodule in try await git.fillSubmodules() {
                project.host.say(
                    "the submodule \(submodule.path) is empty: \(submodule.reason); "
                        + "run `git submodule update --init --recursive` there")
            }
        }
        // The branch's own configuration counts from here on; it may differ from the caller's.
        let loaded =
            try FileSystem.exists(workspace.appending(Project.configurationFile))
            ? project.configuration(in: workspace) : caller
        _ = try EnvironmentPorts(project: project).assign(
            project.store.requireEnvironment(for: branch), loaded.configuration)
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: branch)
        let isTrusted = try await Trust(project: project).pending(loaded.configuration).isEmpty
        let sources = try await journal.step(Step.pins) {
            // What the branch lets act outside the sandbox is asked about first. The data is pinned at the first use then.
            if !isTrusted {
                if loaded.configuration.sources.isEmpty { return [PinnedSource]() }
                project.host.say(
                    "\(branch) changes what acts outside the sandbox: its data is pinned at its first use, "
                        + "once `headgate trust` was run there")
                return [PinnedSource]()
            }
            let base = try parked?.pins ?? pinning.base(for: branch, request.pinsFrom)
            let sources = try await pinning.pin(takingFrom: base, in: workspace)
            try project.store.inOneTransaction(isSynced: false) {
                try project.store.update(branch) { $0.pins = sources.map(\.pin) }
            }
            return sources
        }
        try await journal.step(Step.exclude) { try pinning.exclude() }
        if isTrusted {
            try await journal.step(Step.copies) {
                try await IgnoredCopies(project: project, loaded: loaded)(to: workspace)
            }
        }
        try await journal.step(Step.sources) {
            if let parked {
                try await OwnCopies(besides: pinning.snapshots, slug: parked.slug).move(
                    pinning.ownCopyPaths(), to: workspace)
            }
            try await pinning.attach(sources.map(\.pin), in: workspace, replacing: parked?.pins ?? [])
        }
        let environment = try project.store.requireEnvironment(for: branch)
        try await journal.step(Step.config) {
            try EnvironmentVariables(project: project, loaded: loaded, environment: environment, workspace: workspace)
                .write()
        }
        try await journal.step(Step.clones) {
            try await pinning.provideClones(
                sources.map(\.pin), for: .environment(slug: environment.slug), in: workspace)
        }
        try await journal.step(Step.setup) {
            try await EnvironmentScript(
                project: project, loaded: loaded, environment: environment, workspace: workspace
            ).setUp()
        }
        let ready = try journal.finish { try project.store.update(branch) { $0.state = .ready } }
        return (ready, sources)
    }

    /// Takes back whatever a failed or killed creation made: the workspace goes to the trash unread, because somebody
    /// may have put something into it.
    func recover(_ operation: Operation) async throws {
        guard let branch = BranchName(operation.subject), let path = operation.payload["workspace"] else {
            return try project.store.finish(operation.id)
        }
        let workspace = FilePath(path)
        let row = try project.store.environment(for: branch)
        guard row?.state == .creating else { return try project.store.finish(operation.id) }
        let parked = try operation.payload["parked"].map {
            try JSONDecoder().decode(BranchEnvironment.self, from: Data($0.utf8))
        }
        if let parked { try await takeBackData(of: parked, from: workspace) }
        try await project.git.removeWorktreeEntry(at: workspace)
        if FileSystem.exists(workspace) {
            let trash = workspace.removingLastComponent().appending(".trash").appending(operation.id)
            try FileSystem.makeDirectories(trash, mode: 0o700)
            try FileSystem.rename(workspace, to: trash.appending("workspace"), replacing: false)
        }
        if let made = ObjectID(operation.payload["branch-made-at"] ?? ""),
            try await project.git.reference(branch.reference) == made
        {
            try await project.git.deleteBranch(branch, at: made)
        }
        await DataClones(project: project).discard(
            .environment(slug: try slug(for: branch)), madeSince: operation.started)
        try project.store.inOneTransaction {
            try project.store.delete(branch)
            if let parked { try project.store.insert(parked) }
            try project.store.finish(operation.id)
        }
    }

    /// Gives a parked environment the data of its own back that had moved to the new workspace.
    private func takeBackData(of parked: BranchEnvironment, from workspace: FilePath) async throws {
        guard FileSystem.exists(workspace.appending(Project.configurationFile)),
            // Without a configuration that reads, nothing had moved.
            let loaded = try? project.configuration(in: workspace)
        else { return }
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: parked.branch)
        try await OwnCopies(besides: pinning.snapshots, slug: parked.slug).takeBack(
            pinning.ownCopyPaths(), from: workspace)
    }

    /// The name of its directory: the branch's own, unless the environment of a renamed branch still has that.
    private func slug(for branch: BranchName) throws -> String {
        let isTaken = try project.store.environments().contains { $0.branch != branch && $0.slug == branch.slug }
        return isTaken ? branch.slug + "-" + ContentHash(of: branch.rawValue).prefix(6) : branch.slug
    }

    /// A parked environment keeps its pins and becomes one with a workspace again.
    private func record(
        _ branch: BranchName, _ workspace: FilePath, _ start: ObjectID?, _ parked: BranchEnvironment?
    ) throws {
        let now = project.host.time.now()
        try project.store.inOneTransaction {
            if parked != nil {
                try project.store.update(branch) { $0.state = .removing }
                try project.store.delete(branch)
            }
            try project.store.insert(
                BranchEnvironment(
                    branch: branch, slug: try slug(for: branch), state: .creating, kind: .linked,
                    workspace: workspace.string,
                    created: parked?.created ?? now, used: now, keptUntil: parked?.keptUntil, pins: parked?.pins ?? [],
                    ports: parked?.ports ?? [:],
                    createdAt: try parked?.createdAt ?? start ?? project.layout.resolve(reference: branch.reference)))
        }
    }

    /// Refuses what cannot work before anything is changed; returns the configuration and where a new branch starts.
    private func check(_ request: Request) async throws -> (LoadedConfiguration, BranchStart?) {
        let branch = request.branch
        if let known = try project.store.environment(for: branch), known.state != .parked {
            throw known.state == .ready
                ? EnvironmentError.exists(branch, at: known.workspace.map { FilePath($0) })
                : EnvironmentError.underWay(branch, known.state)
        }
        let start = try await project.start(
            of: branch, at: request.start, makesBranch: request.makesBranch, requiresNew: request.requiresNew)
        if start == nil, let worktree = try await project.git.worktree(of: branch) {
            throw EnvironmentError.checkedOut(branch, at: worktree.path)
        }
        let loaded = try project.configuration(in: project.workTree)
        let workspace = project.workspacesRoot(loaded.configuration).appending(try slug(for: branch))
        if FileSystem.exists(workspace) { throw EnvironmentError.workspaceTaken(workspace) }
        try await Trust(project: project).require(loaded.configuration)
        return (loaded, start)
    }
}
