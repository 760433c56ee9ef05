import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// A workspace whose sources are pinned and in place: what a pipeline can be prepared in.
struct PinnedWorkspace: Sendable {
    let workspace: Workspace

    /// Completes a workspace whose creation was lazy: pins what is not pinned yet, puts it in place, writes the config.
    ///
    /// Costs nothing but reads where all of that is done.
    static func prepare(_ workspace: Workspace) async throws -> PinnedWorkspace {
        let project = workspace.project
        let loaded = workspace.loaded
        try await Trust(project: project).require(loaded.configuration)
        var workspace = workspace
        workspace.environment = try EnvironmentPorts(project: project).assign(
            workspace.environment, loaded.configuration)
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: workspace.environment.branch)
        try pinning.requireNoLiveDatabase(in: workspace.root)
        try pinning.exclude()
        // A run and an `exec` may both be the first to need the data.
        var lock: HeldLock?
        if try !pinning.isComplete(workspace.environment.pins)
            || pinning.lacksOwnCopies(workspace.environment.pins, in: workspace.root)
        {
            let branch = workspace.environment.branch
            lock = try await project.lock(
                at: project.lockFile(.sources, branch), until: "has put the data of \(branch) in place",
                limit: TimeSpan(seconds: 3600))
            workspace.environment = try project.store.requireEnvironment(for: workspace.environment.branch)
            try pinning.ownCopies().removeHalfMade(pinning.ownCopyPaths())
        }
        defer { lock?.release() }
        if try !pinning.isComplete(workspace.environment.pins) {
            try await pinning.requireUntracked(workspace.git)
            let own = workspace.environment.pins
            let base = try own + pinning.base(for: workspace.environment.branch, nil)
            let pins = try await pinning.pin(takingFrom: base, in: workspace.root).map(\.pin)
            try await pinning.attach(pins, in: workspace.root, replacing: own)
            workspace.environment = try project.store.update(workspace.environment.branch) {
                $0.pins = pins
                $0.used = project.host.time.now()
            }
        } else {
            try await pinning.restore(workspace.environment.pins, in: workspace.root)
        }
        let owner = workspace.environment.cloneOwner
        try await pinning.provideClones(workspace.environment.pins, for: owner, in: workspace.root)
        try await DataClones(project: project).retire(owner, keeping: workspace.environment.pins)
        // Also where there is no source: the file that is written now is none of the user's.
        try pinning.exclude()
        try EnvironmentVariables(
            project: project, loaded: loaded, environment: workspace.environment, workspace: workspace.root
        ).write()
        return PinnedWorkspace(workspace: workspace)
    }

    /// - Throws: `SnapshotError.snapshotMissing` for a pin whose data is gone: without it, its files would look like inputs
    ///   that never were.
    func pipeline(_ request: PreparedPipeline.Request = .init()) async throws -> PreparedPipeline {
        let snapshots = SourcePinning.snapshots(workspace.project, workspace.configuration)
        for pin in workspace.environment.pins { try snapshots.requirePresence(of: pin) }
        var request = request
        request.earlier = request.earlier ?? workspace.project.earlierRun(in: workspace.root)
        return try await PreparedPipeline(
            project: workspace.project, root: workspace.root, key: workspace.root.string, loaded: workspace.loaded,
            git: workspace.git, branch: workspace.environment.branch,
            ports: workspace.configuration.ports(of: workspace.environment),
            pins: workspace.environment.pins, owner: workspace.environment.cloneOwner, request: request)
    }
}

extension BranchEnvironment {
    /// Whom the clones of sources are recorded for.
    var cloneOwner: DataClone.Owner { .environment(slug: slug) }
}
