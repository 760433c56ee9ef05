import Model
import Persistence

/// What is to be done for one step, its key being known.
enum Decision: Sendable {
    /// The outputs of the key are in place; `seconds` is how long the command took when it ran.
    case upToDate(seconds: Double, isNews: Bool)
    case cached(CachedResult, [Snapshot])
    case run(Cause)

    /// Why a step runs, before anybody asks for the details.
    enum Cause: Sendable, Hashable {
        case forced
        case neverRan
        case keyDiffers
        /// The key is that of the last success, but these outputs are missing or changed.
        case outputsDiffer
        /// What the step changed in this writable source went with the copy that it changed.
        case changeLost(String)
        /// A tracked file that the step may read without declaring it changed.
        case refused(String)
    }
}

extension Evaluation {
    /// Decides without looking into the store; `nil` when a cached result may help.
    func decideByMemory(_ number: Int, _ key: StepKey, isForced: Bool) -> Decision? {
        if isForced { return .run(.forced) }
        let step = graph.pipeline.steps[number]
        let last = memory[step.id]
        if let last, last.key == key.hash {
            if let source = lostChange(of: last) { return .run(.changeLost(source)) }
            let isInPlace = outputs(of: number).map { outputsHash($0) == last.outputs } ?? false
            if isInPlace {
                if case .refused(let file) = context.mayUseCache(step) { return .run(.refused(file)) }
                return .upToDate(seconds: last.seconds, isNews: false)
            }
        }
        // Nothing but its own memory can say that a step without outputs did its work here.
        if step.outputs.isEmpty { return .run(last == nil ? .neverRan : .keyDiffers) }
        return nil
    }

    /// The first source whose copy is not the one any more that the step changed.
    private func lostChange(of last: StepMemory) -> String? {
        last.changedCopies.sorted { $0.key < $1.key }.first { name, copy in
            graph.sources.first { $0.name == name }?.copy != copy
        }?.key
    }

    /// Decides with the result recorded under the step's key, if there is one.
    ///
    /// - Parameter holds: whether the cache holds all that a result needs.
    func decide(
        _ number: Int, _ key: StepKey, recorded: CachedResult?, holds: (CachedResult) -> Bool
    ) -> Decision {
        let step = graph.pipeline.steps[number]
        let last = memory[step.id]
        if let recorded, context.takes(recorded), let made = Snapshot.read(recorded.outputs, for: graph.outputs[number])
        {
            if case .refused(let file) = context.mayUseCache(step) { return .run(.refused(file)) }
            if let current = outputs(of: number), outputsHash(current) == outputsHash(made) {
                return .upToDate(seconds: recorded.seconds, isNews: true)
            }
            if holds(recorded) { return .cached(recorded, made) }
        }
        guard let last else { return .run(.neverRan) }
        return .run(last.key == key.hash ? .outputsDiffer : .keyDiffers)
    }

    /// Returns what differs from the last success, the first difference first.
    ///
    /// - Parameters:
    ///   - old: the recorded parts; `nil` when there are none.
    ///   - lists: where the lists behind parts are kept.
    func differences(
        _ number: Int, _ new: KeyParts, old: [String: String]?, cause: Decision.Cause?, lists: FileListStore
    ) -> [KeyDifference] {
        let step = graph.pipeline.steps[number]
        switch cause {
        case .forced: return [KeyDifference(part: "forced")]
        case .refused(let file): return [KeyDifference(part: "input:" + file, new: "not declared")]
        case .neverRan: return [KeyDifference(part: "never-ran")]
        case .changeLost(let source):
            return [KeyDifference(part: "source:" + source, old: "with the step's own change", new: "without it")]
        case .outputsDiffer, .keyDiffers, nil: break
        }
        guard memory[step.id] != nil, let old else { return [KeyDifference(part: "never-ran")] }
        return partDifferences(old: old, new, lists) + outputDifferences(number, old: old)
    }

    private func partDifferences(old: [String: String], _ new: KeyParts, _ lists: FileListStore) -> [KeyDifference] {
        var found: [KeyDifference] = []
        var rest = old.filter { !$0.key.hasPrefix("output:") }
        for part in new.parts where !part.name.hasPrefix("output:") {
            let earlier = rest.removeValue(forKey: part.name)
            if earlier == part.value { continue }
            let list = new.lists.first { $0.value == part.value }
            if let earlier, let list, let before = lists.load(earlier) {
                found += FileList.differences(from: before, to: list.files)
            } else {
                found.append(KeyDifference(part: part.name, old: earlier, new: part.value))
            }
        }
        for name in new.unknown {
            found.append(KeyDifference(part: "input:" + name, old: rest.removeValue(forKey: "input:" + name)))
        }
        for (name, value) in rest.sorted(by: { $0.key < $1.key }) {
            found.append(KeyDifference(part: name, old: value))
        }
        return found
    }

    private func outputDifferences(_ number: Int, old: [String: String]) -> [KeyDifference] {
        var rest = old.filter { $0.key.hasPrefix("output:") }
        var found: [KeyDifference] = []
        for path in graph.outputs[number] {
            let name = "output:" + path.text
            let earlier = rest.removeValue(forKey: name)
            let current = snapshot(at: path)?.value
            if earlier != current { found.append(KeyDifference(part: name, old: earlier, new: current)) }
        }
        for (name, value) in rest.sorted(by: { $0.key < $1.key }) {
            found.append(KeyDifference(part: name, old: value))
        }
        return found
    }
}

/// The parts of a key as the state store keeps them: with what the outputs were.
func recordedParts(_ parts: [StepKey.Part], outputs: [Snapshot]) -> [String: String] {
    var recorded: [String: String] = [:]
    for part in parts where !part.name.hasPrefix("output:") { recorded[part.name] = part.value }
    for output in outputs { recorded["output:" + output.path.text] = output.value }
    return recorded
}
