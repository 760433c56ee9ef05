import HostSystem
import Model
import Persistence
import SystemPackage

extension PipelineEngine {
    /// Says what `run` would do with each selected step, in the order of the graph; changes nothing.
    ///
    /// A step after one that would run is planned to run too, with the reason `input:<path>` and no new value: whether
    /// it really must is known only once the input has been made.
    ///
    /// - Throws: `PipelineError`, `HostError`, `PersistenceError`.
    public func plan(
        _ selection: PipelineSelection = .all, options: RunOptions = RunOptions(jobs: 2)
    ) async throws -> [PlannedStep] {
        let setup = try await ProjectSetup(context, width: options.jobs)
        let evaluation = try await Evaluation(context, selection, setup: setup?.key.hash.hex, width: options.jobs)
        var planner = Planner(evaluation, isForced: try forced(evaluation, options))
        var steps = try await planner.plan()
        if let setup, !setup.isUpToDate { steps.insert(PlannedStep(id: ProjectSetup.id, action: .run), at: 0) }
        return steps
    }
}

/// Decides all steps in thought: what would be cached counts as if it were in place.
private struct Planner {
    private var evaluation: Evaluation
    private let isForced: [Bool]
    private let cache: OutputCache
    private let lists: FileListStore
    /// Outputs that would be put in place from the cache.
    private var imagined: Set<WorkspacePath> = []
    /// Outputs that would be made anew.
    private var unknown: Set<WorkspacePath> = []

    init(_ evaluation: Evaluation, isForced: [Bool]) {
        self.evaluation = evaluation
        self.isForced = isForced
        let context = evaluation.context
        cache = OutputCache(
            directory: context.cacheDirectory, hashCache: context.hashCache, copyLimit: context.copyLimit.bytes)
        lists = FileListStore(cache: context.cacheDirectory)
    }

    mutating func plan() async throws -> [PlannedStep] {
        var planned: [PlannedStep] = []
        planned.reserveCapacity(evaluation.selected.count)
        for step in evaluation.selected {
            let mixed = try await mixedInputs(of: step)
            planned.append(try plan(step, evaluation.keyParts(of: step, mixed: mixed)))
        }
        return planned
    }

    private mutating func plan(_ number: Int, _ parts: Evaluation.KeyParts) throws -> PlannedStep {
        let id = evaluation.graph.pipeline.steps[number].id
        guard let key = parts.key else {
            return try run(number, parts, cause: isForced[number] ? .forced : nil)
        }
        var decision = evaluation.decideByMemory(number, key, isForced: isForced[number])
        if decision == nil {
            let recorded = try evaluation.context.store.cachedResults(for: [key.hash])[key.hash]
            decision = evaluation.decide(number, key, recorded: recorded) { cache.holds($0) }
        }
        switch decision {
        case .upToDate: return PlannedStep(id: id, action: .upToDate)
        case .cached(_, let made):
            let reasons = try differences(number, parts, cause: .keyDiffers)
            evaluation.learn(made)
            imagined.formUnion(made.map(\.path))
            return PlannedStep(id: id, action: .cached, reasons: reasons)
        case .run(let cause): return try run(number, parts, cause: cause)
        case nil: return try run(number, parts, cause: nil)
        }
    }

    private mutating func run(
        _ number: Int, _ parts: Evaluation.KeyParts, cause: Decision.Cause?
    ) throws -> PlannedStep {
        let reasons = try differences(number, parts, cause: cause)
        evaluation.forget(outputsOf: number)
        unknown.formUnion(evaluation.graph.outputs[number])
        return PlannedStep(id: evaluation.graph.pipeline.steps[number].id, action: .run, reasons: reasons)
    }

    private func differences(
        _ number: Int, _ parts: Evaluation.KeyParts, cause: Decision.Cause?
    ) throws -> [KeyDifference] {
        let context = evaluation.context
        let id = evaluation.graph.pipeline.steps[number].id
        let old = try context.store.keyParts(of: [id], in: context.workspaceKey)[id]
        return evaluation.differences(number, parts, old: old, cause: cause, lists: lists)
    }

    /// Reads the directories and patterns that cover outputs of other steps, as they would be.
    private func mixedInputs(of step: Int) async throws -> [String: [Snapshot]?] {
        var found: [String: [Snapshot]?] = [:]
        for (input, outputs) in evaluation.mixedInputs(of: step) {
            if outputs.contains(where: { unknown.contains($0.path) }) {
                found[input.text] = .some(nil)
                continue
            }
            let onDisk = try await evaluation.reader.look(at: input).snapshots
            let made = outputs.map(\.path).filter { imagined.contains($0) }.compactMap { evaluation.snapshot(at: $0) }
            found[input.text] = made.isEmpty ? onDisk : imagine(input, onDisk, with: made)
        }
        return found
    }

    /// Puts what would be made over what is there.
    private func imagine(_ input: StepInput, _ onDisk: [Snapshot], with made: [Snapshot]) -> [Snapshot] {
        switch input.kind {
        case .pattern(let pattern):
            var all = onDisk.filter { old in !made.contains { old.path.isAtOrBeneath($0.path) } }
            for output in made {
                for entry in output.entries {
                    let path = output.path.appending(entry.path)
                    if pattern.matches(path.bytes), let part = output.at(path) { all.append(part) }
                }
            }
            return all.sorted { $0.path < $1.path }
        case .path(let directory):
            let directoryEntry = FileEntry(path: WorkspacePath(""), kind: .directory, hash: nil, mode: 0o755, size: 0)
            var entries: [WorkspacePath: FileEntry] = [:]
            for entry in onDisk.first?.entries ?? [directoryEntry] { entries[entry.path] = entry }
            for output in made {
                let relative = output.path.relative(to: directory)
                for old in entries.keys where old.isAtOrBeneath(relative) { entries[old] = nil }
                for above in relative.ancestors where entries[above] == nil {
                    entries[above] = FileEntry(path: above, kind: .directory, hash: nil, mode: 0o755, size: 0)
                }
                for var entry in output.entries {
                    entry.path = relative.appending(entry.path)
                    entries[entry.path] = entry
                }
            }
            return [Snapshot(path: directory, entries: entries.values.sorted { $0.path < $1.path })]
        }
    }
}
