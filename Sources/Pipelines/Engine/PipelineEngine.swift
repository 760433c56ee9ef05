import Model
import Persistence
import SystemPackage

/// Says which steps of a pipeline are up to date, and runs the rest.
public struct PipelineEngine: Sendable {
    public let context: PipelineContext

    public init(context: PipelineContext) {
        self.context = context
    }

    /// Says what `run` would do with each selected step, in the order of the graph; changes nothing.
    ///
    /// A step after one that would run is planned to run too, with the reason `input:<path>` and no new value: whether
    /// it really must is known only once the input has been made.
    ///
    /// - Throws: `PipelineError`, `HostError`, `PersistenceError`.
    public func plan(
        _ selection: PipelineSelection = .all, options: RunOptions = RunOptions(jobs: 1)
    ) async throws -> [PlannedStep] { [] }

    /// Returns what differs for one step from the last time it succeeded here; empty when it is up to date.
    public func why(_ step: String) async throws -> [KeyDifference] { [] }

    /// Brings the selected steps up to date.
    ///
    /// A step that fails is a result, not an error. When the task is cancelled, commands are ended politely, then
    /// firmly, and the report so far is returned with `isInterrupted`.
    ///
    /// - Parameter events: hears what happens as it happens, on any thread, one event at a time.
    /// - Throws: `PipelineError` before anything runs, `HostError` and `PersistenceError`.
    public func run(
        _ selection: PipelineSelection = .all, options: RunOptions,
        events: @escaping @Sendable (PipelineEvent) -> Void = { _ in }
    ) async throws -> PipelineReport {
        PipelineReport(steps: [], isolation: context.isolation)
    }

    /// Accepts the outputs that are on disk as those of the selected steps.
    ///
    /// Good for skipping, not for a verdict: a run that relies on them is tainted.
    public func adopt(_ selection: PipelineSelection) async throws -> AdoptReport { AdoptReport(steps: [], outputs: 0, bytes: 0) }
}

/// What was accepted as up to date.
public struct AdoptReport: Sendable, Hashable {
    public var steps: [String]
    /// How many declared outputs.
    public var outputs: Int
    public var bytes: Int64

    public init(steps: [String], outputs: Int, bytes: Int64) {
        self.steps = steps
        self.outputs = outputs
        self.bytes = bytes
    }
}
