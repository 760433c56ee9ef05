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
    let context: PipelineContext
    let options: RunOptions
    let tools: RunTools
    let graph: PipelineGraph
    var evaluation: Evaluation
    let isForced: [Bool]
    let lengths: [Double]
    var recorder: ResultRecorder

    /// For each step that waits, on how many steps and sources it does.
    var waits: [Int]
    /// For each step that must be skipped, why.
    var blocked: [Int: String] = [:]
    var results: [Int: StepResult] = [:]
    var tests: [Int: [TestResult]] = [:]
    var sourceTests: [Int: [TestResult]] = [:]
    var taints: [String] = []
    var setAside: [PipelineReport.SetAside] = []
    var ready = ReadyQueue<Work>()
    /// What waits for a mutex, by its name.
    var parked: [String: [Work]] = [:]
    var held: [String: Int] = [:]
    /// The running steps that hold their mutex.
    var holders: Set<Int> = []
    var running = 0
    var hasFailed = false
    var fatal: (any Error)?
    var isTicking = false
    /// What mixed inputs were made of; `nil` when that cannot be told.
    var mixedPlaces: [RunIndex.Place]? = []
    /// What has become ready to be decided; a list instead of recursion, because chains may be long.
    var undecided: [Int] = []

    /// What takes a slot.
    enum Work: Sendable {
        case job(StepJob, Evaluation.KeyParts)
        case tests(Int, [Snapshot], StepResult)

        var number: Int {
            switch self {
            case .job(let job, _): job.number
            case .tests(let number, _, _): number
            }
        }
    }

    enum Outcome: Sendable {
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
        try await lookForChangedOutputs()
        if let fatal { throw fatal }
        return report()
    }

    // MARK: - The loop

    func begin(_ group: inout TaskGroup<Outcome>) {
        var sources: Set<Int> = []
        for step in evaluation.selected {
            let read = graph.sourcesRead[step].filter { isTested($0) }
            sources.formUnion(read)
            waits[step] = graph.dependencies[step].count { evaluation.isSelected[$0] } + read.count
            if waits[step] == 0 { undecided.append(step) }
        }
        if evaluation.selected.count == graph.pipeline.steps.count {
            // A run of everything tests what no step reads as well.
            sources.formUnion(graph.sources.indices.filter { isTested($0) })
        }
        undecided.reverse()
        sendProgress()
        if context.processors.program == nil,
            evaluation.selected.contains(where: { graph.pipeline.steps[$0].resources.cpus != nil })
        {
            tools.events.send(.note("`cpus` of steps is not kept to: the program taskset is missing"))
        }
        for source in sources.sorted() { startTests(ofSource: source, &group) }
    }

    func isTested(_ source: Int) -> Bool {
        context.hasTests?(.source(graph.sources[source].name)) ?? true
    }

    /// Decides what can be decided, and starts what there are slots for.
    func drain(_ group: inout TaskGroup<Outcome>) {
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
    var mustStop: Bool { Task.isCancelled || fatal != nil || (options.failFast && hasFailed) }

    func attempt(_ body: () throws -> Void) {
        do { try body() } catch { fatal = fatal ?? error }
    }

    func handle(_ outcome: Outcome) {
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

    func decide(_ number: Int, _ parts: Evaluation.KeyParts) throws {
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
        case .run(.forced), .run(.refused), .run(.changeLost):
            enqueue(job(number, key, parts, mayReuse: false), parts)
        }
    }

    func job(_ number: Int, _ key: StepKey, _ parts: Evaluation.KeyParts, mayReuse: Bool) -> StepJob {
        let step = graph.pipeline.steps[number]
        return StepJob(
            tools: tools, number: number, step: step, key: key, isolation: evaluation.isolation(of: step),
            outputs: graph.outputs[number], last: evaluation.memory[step.id], lists: parts.lists,
            readable: parts.readable, seen: evaluation.values(of: parts.readable ?? []), mayReuse: mayReuse)
    }

    func enqueue(_ job: StepJob, _ parts: Evaluation.KeyParts) {
        ready.insert(.job(job, parts), number: job.number, length: lengths[job.number])
    }

    func settleUpToDate(
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
}
