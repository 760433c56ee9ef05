import HostSystem
import Model
import Persistence
import SystemPackage

/// What all steps of one run share.
struct RunTools: Sendable {
    let context: PipelineContext
    let options: RunOptions
    let reader: FileReader
    let cache: OutputCache
    let outputs: WorkspaceOutputs
    let lists: FileListStore
    let repositories: NestedRepositories
    let sources: SourceLinks
    /// One for each key whose result is being computed, by whatever process.
    let locks: RangeLocks
    let events: EventSink
    let bystanders: Bystanders
    let containerUser: ContainerUser

    func hasTests(_ step: ResolvedStep) -> Bool {
        context.hasTests?(.step(step.id)) ?? true
    }

    /// Tests the outputs of a step.
    func test(_ step: ResolvedStep, _ snapshots: [Snapshot]) async -> [TestResult] {
        if !hasTests(step) { return [] }
        let handed = snapshots.map {
            StepOutput(path: $0.path.text, location: reader.location(of: $0.path), hash: $0.contentHash)
        }
        return await context.tests(.step(step.id), handed)
    }

    /// Puts back the links to sources that a step took away, and returns how often that was needed so far.
    func mendSources() async throws -> Int {
        let (disturbances, displaced) = try sources.check()
        for (place, moved) in displaced { _ = try await outputs.move(moved, to: "displaced", as: place) }
        return disturbances
    }

    /// Moves a planted repository into the run's folder.
    ///
    /// - Returns: the sentence that taints the run.
    func setAside(repository: WorkspacePath, in root: FilePath, after step: String) async throws -> String {
        let place = root.appending(repository)
        let target = try await outputs.move(place, to: "repositories", as: repository)
        return
            "`\(step)`, or a step beside it, made a Git repository at `\(repository.text)`; it was moved to \(target)"
    }
}
