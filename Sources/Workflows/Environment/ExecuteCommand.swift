import Configuration
import HostSystem
import Model
import Persistence
import SystemPackage

/// Runs a command of the user's in an environment: with its data, variables, ports and sandbox.
public struct ExecuteCommand: Sendable {
    let workspace: Workspace

    public init(in workspace: Workspace) {
        self.workspace = workspace
    }

    /// Runs `command` with the caller's terminal and returns how it ended.
    ///
    /// - Parameter directory: where it starts when that lies in the workspace; else the workspace itself.
    /// - Throws: `HostError.commandNotStarted`; `ProjectError.liveData`; what keeps the environment from being used.
    public func callAsFunction(_ command: [String], from directory: FilePath) async throws -> Termination {
        let project = workspace.project
        let lock = try await HeldLock(
            at: project.lockFile(.environment, workspace.environment.branch), mode: .shared)
        defer { lock.release() }
        let ready = try await PinnedWorkspace.prepare(workspace)
        let pipeline = try await ready.pipeline()
        var variables = pipeline.engine.context.baseVariables
        let own = EnvironmentVariables(
            project: project, loaded: workspace.loaded, environment: ready.workspace.environment,
            workspace: workspace.root)
        variables.merge(try own.declared()) { $1 }
        variables.merge(try own.secret()) { $1 }
        let access = pipeline.engine.context.sourceAccess.values
        for source in access { variables.merge(source.variables) { $1 } }
        let isInside = directory.starts(with: workspace.root)
        let invocation = Invocation(
            command[0], Array(command.dropFirst()), variables: variables,
            directory: isInside ? directory : workspace.root, input: .inherited, output: .inherited,
            errorOutput: .inherited)
        guard let sandbox = pipeline.isolation.sandbox else {
            if let source = pipeline.engine.context.graph.sources.first(where: { $0.standIn != nil }) {
                throw ProjectError.liveData(
                    source: source.name, path: source.path ?? "", reason: pipeline.isolation.reason,
                    remedy: pipeline.isolation.remedy)
            }
            return try await project.host.runner.run(invocation).termination
        }
        var specification = pipeline.engine.context.sandboxBase
        specification.readOnlyBinds += pipeline.readOnlyMounts
        specification.writableBinds += pipeline.engine.context.graph.ownCopyMounts(in: workspace.root)
        specification.readOnlyBinds += access.compactMap(\.socket).filter(FileSystem.exists).map { .init($0) }
        return try await project.host.runner.run(sandbox.wrap(invocation, in: specification)).termination
    }
}
