import HostSystem
import Model
import Persistence
import SystemPackage

extension PipelineEngine {
    /// Accepts the outputs that are on disk as those of the selected steps.
    ///
    /// Good for skipping, not for a verdict: nothing enters the cache, and a run elsewhere makes the outputs anew. What
    /// a run made is left as it is, here or in the cache. The caller holds the environment's run lock.
    ///
    /// - Throws: `PipelineError`, `HostError`, `PersistenceError`.
    public func adopt(_ selection: PipelineSelection) async throws -> AdoptReport {
        let setup = try await ProjectSetup(context, width: 2)
        let evaluation = try await Evaluation(context, selection, setup: setup?.key.hash.hex, width: 2)
        let named = selection.names.isEmpty ? evaluation.selected : try context.graph.numbers(named: selection.names)
        var recorder = ResultRecorder(context)
        var report = AdoptReport()
        /// The steps after which nothing is adopted: what they make is not there.
        var open: Set<Int> = []
        for number in evaluation.selected {
            let id = context.graph.pipeline.steps[number].id
            switch try await adoptable(number, evaluation, open: open) {
            case .left(let reason):
                if reason != .upToDate, reason != .noOutputs { open.insert(number) }
                if named.contains(number) { report.left.append(.init(id: id, reason: reason)) }
            case .adoptable(let parts, let key, let outputs):
                if !named.contains(number) { continue }
                let success = StepMemory(
                    step: id, key: key.hash, outputs: outputsHash(outputs), seconds: StepMemory.adopted,
                    finished: context.time.now())
                recorder.add(success, parts: recordedParts(parts.parts, outputs: outputs), cached: nil, isReused: false)
                report.adopted.append(
                    .init(id: id, outputs: outputs.count, bytes: ByteCount(outputs.reduce(0) { $0 + $1.bytes })))
            }
        }
        try recorder.flush(at: context.time.now())
        return report
    }

    private enum Adoptable {
        case left(AdoptReport.Reason)
        case adoptable(Evaluation.KeyParts, StepKey, [Snapshot])
    }

    private func adoptable(_ number: Int, _ evaluation: Evaluation, open: Set<Int>) async throws -> Adoptable {
        let graph = context.graph
        if graph.outputs[number].isEmpty { return .left(.noOutputs) }
        if let before = graph.dependencies[number].first(where: open.contains) {
            return .left(.after(graph.pipeline.steps[before].id))
        }
        guard let outputs = evaluation.outputs(of: number) else {
            let missing = graph.outputs[number].first { evaluation.snapshot(at: $0) == nil }
            return .left(.missing(missing?.text ?? ""))
        }
        let parts = evaluation.keyParts(of: number, mixed: try await mixedInputs(of: number, evaluation))
        guard let key = parts.key else { return .left(.missing(parts.unknown.first ?? "")) }
        var decision = evaluation.decideByMemory(number, key, isForced: false)
        if decision == nil {
            let cache = OutputCache(
                directory: context.cacheDirectory, hashCache: context.hashCache, copyLimit: context.copyLimit.bytes)
            let recorded = try context.store.cachedResults(for: [key.hash])[key.hash]
            decision = evaluation.decide(number, key, recorded: recorded) { cache.holds($0) }
        }
        return switch decision {
        case .upToDate: .left(.upToDate)
        case .cached: .left(.cached)
        case .run, nil: .adoptable(parts, key, outputs)
        }
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
    public var adopted: [Adopted] = []
    /// The other steps that were asked for, in the order of the graph.
    public var left: [Left] = []

    /// A step whose outputs count as up to date from now on.
    public struct Adopted: Sendable, Hashable {
        public var id: String
        /// How many declared outputs.
        public var outputs: Int
        public var bytes: ByteCount

        public init(id: String, outputs: Int, bytes: ByteCount) {
            self.id = id
            self.outputs = outputs
            self.bytes = bytes
        }
    }

    /// A step that stays as it was.
    public struct Left: Sendable, Hashable {
        public var id: String
        public var reason: Reason

        public init(id: String, reason: Reason) {
            self.id = id
            self.reason = reason
        }
    }

    /// Why a step's outputs were not adopted.
    public enum Reason: Sendable, Hashable {
        /// It was up to date before.
        case upToDate
        /// The cache holds what a run made from the same inputs, and something else is on the disk.
        case cached
        case noOutputs
        /// This output, or the input it stands for, is not there.
        case missing(String)
        /// It depends on this step, which is not up to date.
        case after(String)
    }

    public init(adopted: [Adopted] = [], left: [Left] = []) {
        self.adopted = adopted
        self.left = left
    }

    public var outputs: Int { adopted.reduce(0) { $0 + $1.outputs } }
    public var bytes: ByteCount { ByteCount(adopted.reduce(0) { $0 + $1.bytes.bytes }) }
}
