import HostSystem
import Model
import Persistence
import SystemPackage

extension PipelineEngine {
    /// Accepts the outputs that are on disk as those of the selected steps.
    ///
    /// Good for skipping, not for a verdict: nothing enters the cache, and a run elsewhere makes the outputs anew.
    /// Steps without outputs, with a missing output, or after a step that was not accepted are left as they are.
    ///
    /// - Throws: `PipelineError`, `HostError`, `PersistenceError`.
    public func adopt(_ selection: PipelineSelection) async throws -> AdoptReport {
        let setup = try await ProjectSetup(context, width: 2)
        let evaluation = try await Evaluation(context, selection, setup: setup?.key.hash.hex, width: 2)
        let named = selection.names.isEmpty ? evaluation.selected : try context.graph.numbers(named: selection.names)
        var recorder = ResultRecorder(context)
        var report = AdoptReport(steps: [], outputs: 0, bytes: 0)
        for number in evaluation.selected where named.contains(number) {
            guard let outputs = evaluation.outputs(of: number), !outputs.isEmpty else { continue }
            let parts = evaluation.keyParts(of: number, mixed: try await mixedInputs(of: number, evaluation))
            guard let key = parts.key else { continue }
            let step = context.graph.pipeline.steps[number].id
            let success = StepMemory(
                step: step, key: key.hash, outputs: outputsHash(outputs), seconds: StepMemory.adopted,
                finished: context.time.now())
            recorder.add(success, parts: recordedParts(parts.parts, outputs: outputs), cached: nil, isReused: false)
            report.steps.append(step)
            report.outputs += outputs.count
            report.bytes += outputs.reduce(0) { $0 + $1.bytes }
        }
        try recorder.flush(at: context.time.now())
        return report
    }

    private func mixedInputs(of step: Int, _ evaluation: Evaluation) async throws -> [String: [Snapshot]?] {
        var found: [String: [Snapshot]?] = [:]
        for (input, _) in evaluation.mixedInputs(of: step) {
            found[input.text] = try await evaluation.reader.look(at: input).snapshots
        }
        return found
    }
}

extension StepMemory {
    /// Stands for the time a command took where none ran because the outputs were adopted.
    static let adopted: Double = -1

    var isAdopted: Bool { seconds < 0 }
}

/// What was accepted as up to date.
public struct AdoptReport: Sendable, Hashable {
    /// In the order of the graph.
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
