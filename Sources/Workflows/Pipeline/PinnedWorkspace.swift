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
        let pinning = SourcePinning(project: project, loaded: loaded)
        var workspace = workspace
        if try !pinning.isComplete(workspace.environment.pins) {
            try await pinning.requireUntracked(workspace.git)
            let own = workspace.environment.pins
            let base = try own + pinning.base(for: workspace.environment.branch, nil)
            let pins = try await pinning.pin(takingFrom: base).map(\.pin)
            try pinning.exclude()
            try await pinning.attach(pins, in: workspace.root)
            workspace.environment = try project.store.update(workspace.environment.branch) {
                $0.pins = pins
                $0.used = project.host.time.now()
            }
        } else {
            try await pinning.restore(workspace.environment.pins, in: workspace.root)
        }
        try EnvironmentVariables(
            project: project, loaded: loaded, environment: workspace.environment, workspace: workspace.root
        ).write()
        return PinnedWorkspace(workspace: workspace)
    }

    func pipeline(_ request: PreparedPipeline.Request = .init()) async throws -> PreparedPipeline {
        try await PreparedPipeline(
            project: workspace.project, root: workspace.root, key: workspace.root.string, loaded: workspace.loaded,
            git: workspace.git, branch: workspace.environment.branch, ports: workspace.environment.ports,
            pins: workspace.environment.pins, request: request)
    }
}
