import HostSystem
import Model
import Pipelines

/// Says what a run would do, and changes nothing but what pinning a new environment changes.
public struct PlanPipeline: Sendable {
    let workspace: Workspace

    public init(in workspace: Workspace) {
        self.workspace = workspace
    }

    /// What `run` would do with each step, in the order of the graph.
    public func callAsFunction(_ request: RunPipeline.Request) async throws -> [PlannedStep] {
        let pipeline = try await prepared(request)
        let variation = try pipeline.loaded.configuration.variation(named: request.variation)
        let names = request.steps.isEmpty ? variation?.only ?? [] : request.steps
        return try await pipeline.engine.plan(
            PipelineSelection(names: names),
            options: RunOptions(
                jobs: workspace.project.host.cores,
                force: request.force ? (request.steps.isEmpty ? .all : .steps(Set(request.steps))) : .none,
                from: request.from))
    }

    /// What differs for one step from the last time it succeeded here; empty when it is up to date.
    ///
    /// - Throws: `PipelineError.unknownStep`.
    public func why(_ step: String) async throws -> [PlannedStep] {
        let pipeline = try await prepared(.init())
        let wanted = Set(try pipeline.engine.context.graph.steps(named: [step], includingDependencies: false))
        return try await pipeline.engine.plan(PipelineSelection(names: [step])).filter { wanted.contains($0.id) }
    }

    private func prepared(_ request: RunPipeline.Request) async throws -> PreparedPipeline {
        let project = workspace.project
        // An update must not find its workspace completed meanwhile.
        let lock = try await HeldLock(
            at: project.lockFile(.environment, workspace.environment.branch), mode: .shared,
            wait: .upTo(TimeSpan(seconds: 2)))
        defer { lock.release() }
        return try await PinnedWorkspace.prepare(workspace).pipeline(
            .init(parameters: request.parameters, variation: request.variation))
    }
}
