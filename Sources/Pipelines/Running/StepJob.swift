import HostSystem
import Model
import Persistence
import SystemPackage

/// Runs one step, or puts its cached result in place, and tests what it made.
struct StepJob: Sendable {
    let tools: RunTools
    let number: Int
    let step: ResolvedStep
    let key: StepKey
    let isolation: IsolationLevel
    let outputs: [WorkspacePath]
    /// The step's last success here.
    let last: StepMemory?
    /// The lists of files behind the key, kept when the step has succeeded.
    let lists: [FileList]
    /// What the step declares to read; `nil` where it declares nothing.
    let readable: [WorkspacePath]?
    /// What the key says of each of those, by path.
    let seen: [WorkspacePath: String]
    /// Whether an earlier result may stand for running it.
    let mayReuse: Bool

    var context: PipelineContext { tools.context }

    /// How it went. What went wrong with the step is in there; what is thrown ends the run.
    func run() async throws -> StepEnd {
        var end = StepEnd(number: number, result: StepResult(id: step.id, state: .failed, key: key.hash))
        do {
            if !outputs.isEmpty { end.lock = try await lock() }
            let known =
                outputs.isEmpty ? [:] : try context.store.cachedResults(for: [key.hash, last?.key].compactMap { $0 })
            let recorded = try await recordedOutputs(known)
            if mayReuse, let result = known[key.hash], context.takes(result), try await reuse(result, recorded, &end) {
                return end
            }
            try StepCommand(context: context, step: step, isolation: isolation).requireLiveDataIsHidden()
            context.faults.reached("run.step.before-command")
            try await clear(recorded, &end)
            try await runCommand(&end)
        } catch is CancellationError {
            end.result.state = end.result.attempts == 0 ? .skipped : .lost
            end.result.message = "the run was interrupted"
            if end.hasCleared { try await setAside() }
        } catch let error as any DiagnosableError where !isFatal(error) {
            end.result.state = .failed
            end.result.message = error.diagnosis.oneLine
            end.hint = error.diagnosis.remedy
            if end.hasCleared { try await setAside() }
        } catch {
            // What stopped the run is the one thing to tell.
            if end.hasCleared { try? await setAside() }
            throw error
        }
        return end
    }

    /// Whether the machine, not the step, is at fault, so that it makes no sense to go on.
    private func isFatal(_ error: any DiagnosableError) -> Bool {
        guard case HostError.failed(_, _, let code) = error else { return error is PersistenceError }
        return [.noSpace, .diskQuotaExceeded, .ioError, .readOnlyFileSystem, .tooManyOpenFiles].contains(code)
    }

    // MARK: - Before

    /// Waits until no other run, of whatever branch, is computing the same result.
    ///
    /// - Returns: the number of the lock.
    private func lock() async throws -> UInt64 {
        let number = key.hash.number
        var delay = 20
        while try !tools.locks.take(number) {
            if delay == 20 { tools.events.send(.stepWaiting(id: step.id)) }
            try await Task.sleep(for: .milliseconds(delay))
            delay = min(500, delay * 2)
        }
        return number
    }

    /// The outputs that are exactly what a run made, and may be removed.
    private func recordedOutputs(_ known: [ContentHash: CachedResult]) async throws -> Set<WorkspacePath> {
        let made = known.values.flatMap { Snapshot.read($0.outputs, for: outputs) ?? [] }
        if made.isEmpty { return [] }
        let values = Set(made.map { StepKey.Part($0.path.text, $0.value) })
        let current = try await tools.reader.snapshots(of: outputs).compactMap { $0 }
        return Set(current.filter { values.contains(StepKey.Part($0.path.text, $0.value)) }.map(\.path))
    }

    private func reuse(_ result: CachedResult, _ recorded: Set<WorkspacePath>, _ end: inout StepEnd) async throws
        -> Bool
    {
        guard let made = Snapshot.read(result.outputs, for: outputs), tools.cache.holds(result),
            let moved = try await tools.outputs.put(made, recorded: recorded)
        else { return false }
        end.setAside += moved
        end.result.state = .cached
        end.result.savedSeconds = result.seconds
        end.commandSeconds = result.seconds
        try await finish(made, &end)
        return true
    }

    private func clear(_ recorded: Set<WorkspacePath>, _ end: inout StepEnd) async throws {
        end.hasCleared = true
        for output in outputs {
            if let target = try await tools.outputs.clear(output, isRecorded: recorded.contains(output)) {
                end.setAside.append(PipelineReport.SetAside(path: output.text, movedTo: target))
            }
            try tools.outputs.makeParents(of: output)
        }
    }

    // MARK: - The command

    private func runCommand(_ end: inout StepEnd) async throws {
        try tools.repositories.begin()
        try tools.sources.begin()
        let before = isolation == .hermetic ? nil : try WritableSources(of: context.graph)
        let log = StepLog(of: step.id, in: context.runFolder)
        end.result.log = log.path.string
        for attempt in 1...(1 + max(0, step.retries)) {
            if attempt > 1 {
                try await setAside()
                for output in outputs { try tools.outputs.makeParents(of: output) }
                try await Task.sleep(for: .seconds(delay(before: attempt)))
            }
            end.result.attempts = attempt
            tools.events.send(.stepStarted(id: step.id, attempt: attempt, log: log.path.string))
            if try await attemptSucceeds(log, &end) {
                if let before { try noteChanges(since: before, &end) }
                return
            }
        }
        end.result.state = .failed
        end.tail = log.tail()
        end.hint = hint(end.tail)
        try await setAside()
    }

    private func delay(before attempt: Int) -> Double {
        var delay = tools.options.retryDelay.seconds
        for _ in 2..<attempt { delay *= 2 }
        return min(30, delay)
    }

    private func attemptSucceeds(_ log: StepLog, _ end: inout StepEnd) async throws -> Bool {
        if step.image != nil, step.isolation == .hermetic {
            throw PipelineError.notHermetic(.init(step), because: "a container sees the whole workspace")
        }
        let room = isolation == .hermetic ? try HermeticRoom(for: self) : nil
        defer { room?.leave() }
        // What runs in a container is another machine's business.
        let isTraced = context.tracer != nil && step.image == nil
        let trace = isTraced ? try FileTrace(of: step.id, in: context.runFolder) : nil
        let command = StepCommand(
            context: context, step: step, isolation: isolation, room: room, trace: trace,
            containerUser: step.image == nil ? nil : try await tools.containerUser.name())
        let began = SystemClock.now()
        let disturbances = try await tools.mendSources()
        let result = try await start(command, log)
        end.result.seconds = result.seconds
        end.result.exit = result.termination.exitCode
        try await guardAgainstRepositories(&end)
        let sourcesStood = try await tools.mendSources() == disturbances
        if let used = result.memoryExceeded {
            end.result.message =
                "killed: it took \(ByteCount(used).readable) of memory, and `resources` allows \(step.resources.memory?.readable ?? "less")"
            return false
        }
        guard result.succeeded else {
            end.result.message = result.termination.message(limit: step.timeout)
            return false
        }
        guard sourcesStood else {
            end.result.message = "a source was taken out of the workspace while it ran, by it or by a step beside it"
            return false
        }
        context.faults.reached("run.step.after-command")
        if let changed = try await changedInput() {
            end.result.message = "its input `\(changed.text)` changed while it ran; run it again"
            return false
        }
        for output in outputs { try await room?.moveOut(output, to: tools.outputs) }
        let made = try await tools.reader.storedSnapshots(of: outputs, in: tools.cache)
        if let missing = zip(outputs, made).first(where: { $1 == nil })?.0 {
            end.result.message = "it did not make its output `\(missing.text)`"
            return false
        }
        let snapshots = made.compactMap { $0 }
        if let link = snapshots.lazy.compactMap(\.escapingLink).first {
            end.result.message = "its output `\(link.text)` is a link out of the workspace"
            return false
        }
        if let error = context.graph.misjudged(snapshots, of: number) { throw error }
        if let trace { end.result.undeclared = try undeclared(trace, since: began) }
        end.result.state = .ran
        end.result.message = nil
        end.commandSeconds = result.seconds
        if !outputs.isEmpty {
            end.record = CachedResult(
                key: key.hash, outputs: snapshots.flatMap(\.outputEntries), seconds: result.seconds,
                made: context.time.now(), run: context.run, isolation: isolation, isHermetic: isolation == .hermetic,
                isTracedClean: end.result.undeclared?.isEmpty == true,
                isAlone: try await tools.bystanders.areNone(for: step))
        }
        try await finish(snapshots, &end)
        return true
    }

    /// What changed a writable source, or did so before, made more than its outputs, and is done again wherever these are
    /// needed.
    private func noteChanges(since before: WritableSources, _ end: inout StepEnd) throws {
        let changed = try WritableSources(of: context.graph).changed(since: before)
        for source in context.graph.sources where source.isWritable {
            guard changed.contains(source.name) || last?.changedCopies[source.name] != nil else { continue }
            end.changedCopies[source.name] = source.copy ?? ""
        }
        if !end.changedCopies.isEmpty { end.record = nil }
    }

    /// An input that is not what the key says any more: what the step made may be made of either.
    private func changedInput() async throws -> WorkspacePath? {
        guard let readable, !readable.isEmpty else { return nil }
        let followed = try await tools.reader.snapshots(of: readable, followingLinks: true)
        let suspects = zip(readable, followed).filter { path, now in seen[path].map { $0 != now?.value } ?? false }
        if suspects.isEmpty { return nil }
        // A link that a step before made is kept as a link.
        let plain = try await tools.reader.snapshots(of: suspects.map(\.0))
        return zip(suspects, plain).first { suspect, now in seen[suspect.0] != now?.value }?.0.0
    }

    private func start(_ command: StepCommand, _ log: StepLog) async throws -> CommandResult {
        let invocation = try command.invocation(log: log)
        let container = command.container
        do {
            if let container { try LeftContainers.note(container, of: context) }
            let result = try await context.runner.run(invocation)
            if let container, !result.succeeded { await end(container) }
            return result
        } catch {
            if let container { await end(container) }
            throw error
        }
    }

    private func end(_ container: ContainerCommand) async {
        if let left = await container.end() { tools.events.send(.note(left)) }
    }

    /// Sets repositories that the step planted aside.
    private func guardAgainstRepositories(_ end: inout StepEnd) async throws {
        for (root, path) in try tools.repositories.found() {
            end.taints.append(try await tools.setAside(repository: path, in: root, after: step.id))
        }
    }

    // MARK: - After

    private func finish(_ snapshots: [Snapshot], _ end: inout StepEnd) async throws {
        for list in lists { try tools.lists.save(list) }
        end.outputs = snapshots
        end.result.outputs = outputsHash(snapshots)
        end.tests = await tools.test(step, snapshots)
    }

    /// Moves what is left of a failed step into the run's folder, so that it does not look good.
    private func setAside() async throws {
        for output in outputs { try await tools.outputs.setAside(output, of: step.id) }
    }

    private func hint(_ tail: [String]) -> String? {
        let command = StepCommand(context: context, step: step, isolation: isolation)
        return FailureHint(
            step: step.id, isolation: isolation, network: step.network, specification: command.specification,
            logs: context.runFolder.removingLastComponent()
        ).hint(for: tail)
    }
}

/// How a step ended, and what is to be recorded of it.
struct StepEnd: Sendable {
    let number: Int
    var result: StepResult
    var outputs: [Snapshot] = []
    var tests: [TestResult] = []
    var setAside: [PipelineReport.SetAside] = []
    var taints: [String] = []
    /// What the cache is to know of it; `nil` when it knows already.
    var record: CachedResult?
    /// See `StepMemory.changedCopies`.
    var changedCopies: [String: String] = [:]
    /// How long the command took when it last ran.
    var commandSeconds: Double = 0
    /// Kept until the result is recorded, so that whoever waits for it finds it.
    var lock: UInt64?
    var tail: [String] = []
    var hint: String?
    /// Whether what stood at the outputs before is gone.
    var hasCleared = false

    init(number: Int, result: StepResult) {
        self.number = number
        self.result = result
    }

    var succeeded: Bool { [.ran, .cached, .upToDate].contains(result.state) }
}

extension ContentHash {
    /// The first 64 bits.
    fileprivate var number: UInt64 { UInt64(prefix(16), radix: 16) ?? 0 }  // Sixteen hexadecimal digits always fit.
}

extension Termination {
    /// The exit status as a shell says it; `nil` when the time was over.
    fileprivate var exitCode: Int32? {
        switch self {
        case .exited(let code): code
        case .signalled(let number): 128 + number
        case .timedOut: nil
        }
    }

    fileprivate func message(limit: TimeSpan?) -> String {
        switch self {
        // What bash says of a child that SIGKILL ended.
        case .exited(137), .signalled(9): "ended by signal 9, as when the machine has no memory left"
        case .exited(let code): "exit status \(code)"
        case .signalled(let number): "ended by signal \(number)"
        case .timedOut: "not done after \(limit?.readable ?? "its time limit")"
        }
    }
}
