import Model
import Pipelines

/// What the cache holds of an environment's outputs.
struct CachedOutputs: Sendable {
    let project: Project

    /// Puts the outputs in place that need no step to run, in the environment checked out where the command was called.
    ///
    /// - Returns: the steps they belong to, in the order of the graph.
    /// - Throws: what keeps a pipeline from being planned or run.
    func place() async throws -> [String] {
        let workspace = try await project.openWorkspace()
        guard !workspace.configuration.steps.isEmpty else { return [] }
        let cached = try await PlanPipeline(in: workspace)(.init()).filter { $0.action == .cached }.map(\.id)
        guard !cached.isEmpty else { return [] }
        var request = RunPipeline.Request()
        request.steps = cached
        let record = try await RunPipeline(project)(request)
        return record.steps.filter { $0.state == .cached }.map(\.id)
    }
}
