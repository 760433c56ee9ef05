import HostSystem
import Model
import Pipelines

/// Accepts the outputs that lie in an environment's workspace as up to date, so that nothing already computed runs
/// again.
public struct AdoptOutputs: Sendable {
    /// What was adopted, and why the rest was not.
    public typealias Report = AdoptReport

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// What was adopted is written in one piece, so that a killed command adopted all or nothing.
    ///
    /// - Parameters:
    ///   - steps: steps or groups; empty means all.
    ///   - branch: `nil` takes the one checked out where the command was called.
    /// - Throws: `HostError.locked` while a run works in this environment; `PipelineError.unknownStep`.
    public func callAsFunction(_ steps: [String], of branch: BranchName? = nil) async throws -> Report {
        let branch = try branch ?? project.requireBranch()
        let environmentLock = try await HeldLock(at: project.lockFile(.environment, branch), mode: .shared)
        let runLock = try await HeldLock(at: project.lockFile(.run, branch), mode: .exclusive)
        defer {
            runLock.release()
            environmentLock.release()
        }
        let ready = try await PinnedWorkspace.prepare(project.openWorkspace(of: branch))
        return try await ready.pipeline().engine.adopt(PipelineSelection(names: steps))
    }
}
