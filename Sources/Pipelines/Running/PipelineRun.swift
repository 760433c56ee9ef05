import HostSystem
import Model
import Persistence
import SystemPackage

/// One run: decides step by step, starts what is ready, and takes note of how it ended.
///
/// Each selected step goes one way through these states:
///
///     waiting ──▶ read ──▶ decided ──▶ ready ──▶ running ──▶ settled
///        │          (mixed inputs only)   └───────────────────▲
///        └────────────── skipped, because something before it failed ─┘
///
/// - A step is decided only when all it depends on has settled, so its key is made of what is really there.
/// - A step that is up to date settles at once, without suspending: a thousand of them cost no more than their keys.
/// - Only what needs the machine (commands, copies, tests) takes one of the `jobs` slots.
/// - A result is recorded before the run ends, and at most a tenth of a second after it was there.
actor PipelineRun {
    private let context: PipelineContext
    private let options: RunOptions
    private let tools: RunTools
    private let graph: PipelineGraph
    private var evaluation: Evaluation
    private let isForced: [Bool]
    private let lengths: [Double]
    private var recorder: ResultRecorder

    /// For each step that waits, on how many steps and sources it does.
    private var waits: [Int]
    /// For each step that must be skipped, why.
    private var blocked: [Int: String] = [:]
    private var results: [Int: StepResult] = [:]
    private var tests: [Int: [TestResult]] = [:]
    private var sourceTests: [Int: [TestResult]] = [:]
    private var taints: [String] = []
    private var setAside: [PipelineReport.SetAside] = []
    private var ready = ReadyQueue<Work>()
    /// What waits for a mutex, by its name.
    private var parked: [String: [Work]] = [:]
    private var held: [String: Int] = [:]
    /// The running steps that hold their mutex.
    private var holders: Set<Int> = []
    private var running = 0
    private var hasFailed = false
    private var fatal: (any Error)?
    private var isTicking = false
    /// What mixed inputs were made of; `nil` when that cannot be told.
    private var mixedPlaces: [RunIndex.Place]? = []
    /// What has become ready to be decided; a list instead of recursion, because chains may be long.
    private var undecided: [Int] = []

    /// What takes a slot.
    private enum Work: Sendable {
        case job(StepJob, Evaluation.KeyParts)
        case tests(Int, [Snapshot], StepResult)

        var number: Int {
            switch self {
            case .job(let job, _): job.number
            case .tests(let number, _, _): number
            }
        }
    }

    private enum Outcome: Sendable {
        case step(StepEnd, Evaluation.KeyParts)
        case tested(Int, StepResult, [TestResult])
        case testedSource(Int, [TestResult])
        case read(Int, [String: [Snapshot]?], [RunIndex.Place]?)
        case tick
        case fatal(Int?, any Error)
    }

    init(_ evaluation: Evaluation, tools: RunTools, isForced: [Bool]) {
        context = evaluation.context
        graph = evaluation.graph
        self.evaluation = evaluation
        self.tools = tools
        self.isForced = isForced
        options = tools.options
        let steps = graph.pipeline.steps
        let memory = evaluation.memory
        lengths = graph.remainingLengths { max(0.001, memory[steps[$0].id]?.seconds ?? 1) }
        recorder = ResultRecorder(context, locks: tools.locks)
        waits = [Int](repeating: 0, count: steps.count)
    }

    /// Runs what must be run.
    ///
    /// - Throws: what makes it impossible to go on, such as a full disk; what had finished is recorded.
    func run() async throws -> PipelineReport {
        await withTaskGroup(of: Outcome.self) { group in
            begin(&group)
            drain(&group)
            while let outcome = await group.next() {
                handle(outcome)
                drain(&group)
            }
        }
        try recorder.flush(at: context.time.now())
        try await lookForRepositories()
        if let fatal { throw fatal }
        return report()
    }

    // MARK: - The loop

    private func begin(_ group: inout TaskGroup<Outcome>) {
        var sources: Set<Int> = []
        for step in evaluation.selected {
            let read = graph.sourcesRead[step].filter { isTested($0) }
            sources.formUnion(read)
            waits[step] = graph.dependencies[step].count { evaluation.isSelected[$0] } + read.count
            if waits[step] == 0 { undecided.append(step) }
        }
        undecided.reverse()
        for source in sources.sorted() { startTests(ofSource: source, &group) }
    }

    private func isTested(_ source: Int) -> Bool {
        context.hasTests?(.source(graph.sources[source].name)) ?? true
    }

    /// Decides what can be decided, and starts what there are slots for.
    private func drain(_ group: inout TaskGroup<Outcome>) {
        while let step = undecided.popLast() {
            if blocked[step] == nil, mustStop {
                continue
            }
            if let reason = blocked[step] {
                settle(step, StepResult(id: graph.pipeline.steps[step].id, state: .skipped, message: reason))
            } else if evaluation.mixedInputs(of: step).isEmpty {
                attempt { try decide(step, evaluation.keyParts(of: step)) }
            } else {
                read(step, &group)
            }
        }
        startReady(&group)
        if recorder.isDue { attempt { try recorder.flush(at: context.time.now()) } }
        if !recorder.isEmpty, !isTicking { startTick(&group) }
    }

    /// Whether nothing more is to be started.
    private var mustStop: Bool { Task.isCancelled || fatal != nil || (options.failFast && hasFailed) }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { fatal = fatal ?? error }
    }

    private func handle(_ outcome: Outcome) {
        switch outcome {
        case .step(let end, let parts):
            release(end.number)
            finish(end, parts)
        case .tested(let step, let result, let found):
            release(step)
            tests[step] = found
            settle(step, result)
        case .testedSource(let source, let found):
            sourceTests[source] = found
            settle(source: source, found)
        case .read(let step, let mixed, let places):
            if let places { mixedPlaces?.append(contentsOf: places) } else { mixedPlaces = nil }
            attempt { try decide(step, evaluation.keyParts(of: step, mixed: mixed)) }
        case .tick:
            isTicking = false
            attempt { try recorder.flush(at: context.time.now()) }
        case .fatal(let step, let error):
            if let step { release(step) }
            if !(error is CancellationError) { fatal = fatal ?? error }
        }
    }

    // MARK: - Deciding

    private func decide(_ number: Int, _ parts: Evaluation.KeyParts) throws {
        let step = graph.pipeline.steps[number]
        guard let key = parts.key else {
            // An input within another step's directory: the step ran, and did not make it.
            hasFailed = true
            let message = "its input `\(parts.unknown[0])` was not made"
            return settle(number, StepResult(id: step.id, state: .failed, message: message))
        }
        let memory = evaluation.decideByMemory(number, key, isForced: isForced[number])
        let decision: Decision
        if let memory {
            decision = memory
        } else {
            let recorded = try context.store.cachedResults(for: [key.hash])[key.hash]
            decision = evaluation.decide(number, key, recorded: recorded) { tools.cache.holds($0) }
        }
        switch decision {
        case .upToDate(let seconds, let isNews):
            settleUpToDate(number, key, parts, seconds: seconds, isNews: isNews)
        case .cached, .run(.neverRan), .run(.keyDiffers), .run(.outputsDiffer):
            enqueue(job(number, key, parts, mayReuse: true), parts)
        case .run(.forced), .run(.refused):
            enqueue(job(number, key, parts, mayReuse: false), parts)
        }
    }

    private func job(_ number: Int, _ key: StepKey, _ parts: Evaluation.KeyParts, mayReuse: Bool) -> StepJob {
        let step = graph.pipeline.steps[number]
        return StepJob(
            tools: tools, number: number, step: step, key: key, isolation: evaluation.isolation(of: step),
            outputs: graph.outputs[number], lastKey: evaluation.memory[step.id]?.key, lists: parts.lists,
            readable: parts.readable, mayReuse: mayReuse)
    }

    private func enqueue(_ job: StepJob, _ parts: Evaluation.KeyParts) {
        ready.insert(.job(job, parts), number: job.number, length: lengths[job.number])
    }

    private func settleUpToDate(
        _ number: Int, _ key: StepKey, _ parts: Evaluation.KeyParts, seconds: Double, isNews: Bool
    ) {
        let step = graph.pipeline.steps[number]
        let snapshots = evaluation.outputs(of: number) ?? []
        let result = StepResult(id: step.id, state: .upToDate, key: key.hash, outputs: outputsHash(snapshots))
        if !isNews, evaluation.memory[step.id]?.isAdopted == true {
            taints.append("the outputs of `\(step.id)` were adopted, not made by a run")
        }
        if isNews {
            let success = StepMemory(
                step: step.id, key: key.hash, outputs: result.outputs, seconds: seconds, finished: context.time.now())
            recorder.add(
                success, parts: recordedParts(parts.parts, outputs: snapshots), cached: nil, isReused: true)
        }
        if tools.hasTests(step) {
            ready.insert(.tests(number, snapshots, result), number: number, length: lengths[number])
        } else {
            settle(number, result)
        }
    }

    // MARK: - Starting

    private func startReady(_ group: inout TaskGroup<Outcome>) {
        while running < options.jobs, !mustStop, let work = ready.popFirst() {
            if case .job(let job, _) = work, let mutex = job.step.mutex {
                guard held[mutex, default: 0] < max(1, graph.pipeline.limits[mutex] ?? 1) else {
                    parked[mutex, default: []].append(work)
                    continue
                }
                held[mutex, default: 0] += 1
                holders.insert(job.number)
            }
            running += 1
            start(work, &group)
        }
    }

    private func start(_ work: Work, _ group: inout TaskGroup<Outcome>) {
        let tools = tools
        switch work {
        case .job(let job, let parts):
            group.addTask {
                do { return .step(try await job.run(), parts) } catch { return .fatal(job.number, error) }
            }
        case .tests(let number, let snapshots, let result):
            let step = graph.pipeline.steps[number]
            group.addTask { .tested(number, result, await tools.test(step, snapshots)) }
        }
    }

    /// Gives a slot back.
    private func release(_ number: Int) {
        running -= 1
        guard let mutex = graph.pipeline.steps[number].mutex, holders.remove(number) != nil else { return }
        held[mutex, default: 0] -= 1
        for work in parked.removeValue(forKey: mutex) ?? [] {
            ready.insert(work, number: work.number, length: lengths[work.number])
        }
    }

    private func startTests(ofSource number: Int, _ group: inout TaskGroup<Outcome>) {
        let source = graph.sources[number]
        var data: [StepOutput] = []
        if let path = source.path {
            let place = source.isWritable ? nil : source.realPath
            let location = place ?? context.workspace.appending(WorkspacePath(path))
            data.append(StepOutput(path: path, location: location, hash: source.pin?.fingerprint))
        }
        let context = context
        group.addTask { [data] in .testedSource(number, await context.tests(.source(source.name), data)) }
    }

    /// Reads directories and patterns that cover what other steps made.
    private func read(_ step: Int, _ group: inout TaskGroup<Outcome>) {
        let mixed = evaluation.mixedInputs(of: step).map(\.input)
        let reader = tools.reader
        group.addTask {
            do {
                var found: [String: [Snapshot]?] = [:]
                var places: [RunIndex.Place]? = []
                for input in mixed {
                    let (snapshots, directories) = try await reader.look(at: input)
                    found[input.text] = snapshots
                    for snapshot in snapshots {
                        if let more = reader.places(of: snapshot) { places?.append(contentsOf: more) } else { places = nil }
                    }
                    places?.append(contentsOf: directories)
                }
                return .read(step, found, places)
            } catch {
                return .fatal(nil, error)
            }
        }
    }

    private func startTick(_ group: inout TaskGroup<Outcome>) {
        isTicking = true
        group.addTask {
            // When the run is cancelled, what has finished is recorded at once.
            try? await Task.sleep(for: ResultRecorder.patience)
            return .tick
        }
    }

    // MARK: - Settling

    private func finish(_ end: StepEnd, _ parts: Evaluation.KeyParts) {
        taints += end.taints
        setAside += end.setAside
        if let lock = end.lock { recorder.keep(lock) }
        if end.succeeded {
            evaluation.learn(end.outputs)
            tests[end.number] = end.tests
            let success = StepMemory(
                step: end.result.id, key: end.result.key ?? StepKey(parts.parts).hash, outputs: end.result.outputs,
                seconds: end.commandSeconds, finished: context.time.now())
            recorder.add(
                success, parts: recordedParts(parts.parts, outputs: end.outputs), cached: end.record,
                isReused: end.result.state == .cached)
        }
        settle(end.number, end.result, tail: end.tail, hint: end.hint)
    }

    private func settle(_ number: Int, _ result: StepResult, tail: [String] = [], hint: String? = nil) {
        results[number] = result
        tools.events.send(.stepFinished(result, tail: tail, hint: hint))
        for test in tests[number] ?? [] { tools.events.send(.testFinished(test)) }
        sendProgress()
        var reason: String?
        if result.state == .failed || result.state == .skipped || result.state == .lost {
            hasFailed = hasFailed || result.state == .failed
            reason = result.state == .skipped ? result.message : "`\(result.id)` failed"
            if result.state == .lost { reason = "the run was interrupted" }
        } else if let test = tests[number]?.first(where: \.stopsTheLine) {
            hasFailed = true
            reason = "the data test `\(test.id)` failed"
        }
        for dependent in graph.dependents[number] where evaluation.isSelected[dependent] {
            if let reason, blocked[dependent] == nil { blocked[dependent] = reason }
            count(dependent)
        }
    }

    private func settle(source: Int, _ found: [TestResult]) {
        for test in found { tools.events.send(.testFinished(test)) }
        let failed = found.first(where: \.stopsTheLine)
        if failed != nil { hasFailed = true }
        for step in evaluation.selected where graph.sourcesRead[step].contains(source) {
            if let failed, blocked[step] == nil { blocked[step] = "the data test `\(failed.id)` failed" }
            count(step)
        }
    }

    private func count(_ step: Int) {
        waits[step] -= 1
        if waits[step] == 0 { undecided.append(step) }
    }

    private func sendProgress() {
        tools.events.send(
            .progress(.init(finished: results.count, running: running, total: evaluation.selected.count)))
    }

    private func lookForRepositories() async throws {
        for path in try tools.repositories.found(isDue: true) {
            taints.append(try await tools.setAside(repository: path, after: "a step"))
        }
    }

    /// What the next run may compare with instead of deciding; `nil` unless everything was up to date as it stood.
    func index(_ report: PipelineReport, fingerprint: ContentHash) -> RunIndex? {
        guard report.steps.allSatisfy({ $0.state == .upToDate }), report.taints.isEmpty, !report.isInterrupted,
            !report.tests.contains(where: \.stopsTheLine), let mixedPlaces, let places = evaluation.places
        else { return nil }
        return RunIndex(
            fingerprint: fingerprint, isolation: report.isolation, places: places + mixedPlaces, steps: report.steps)
    }

    // MARK: - The report

    private func report() -> PipelineReport {
        let isInterrupted = Task.isCancelled
        let reason = isInterrupted ? "the run was interrupted" : "another step failed before"
        let steps = graph.pipeline.steps
        let all = evaluation.selected.map { number in
            results[number] ?? StepResult(id: steps[number].id, state: .skipped, message: blocked[number] ?? reason)
        }
        let sources = sourceTests.sorted { $0.key < $1.key }.flatMap(\.value)
        return PipelineReport(
            steps: all, tests: sources + evaluation.selected.flatMap { tests[$0] ?? [] }, taints: taints,
            savedSeconds: all.reduce(0) { $0 + ($1.state == .cached ? $1.savedSeconds ?? 0 : 0) },
            isInterrupted: isInterrupted, setAside: setAside,
            isolation: evaluation.selected.map { evaluation.isolation(of: steps[$0]) }.min() ?? context.isolation)
    }
}
