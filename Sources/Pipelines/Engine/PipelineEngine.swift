import HostSystem
import Model
import Persistence
import SystemPackage

/// Says which steps of a pipeline are up to date, and runs the rest.
public struct PipelineEngine: Sendable {
    public let context: PipelineContext

    public init(context: PipelineContext) {
        self.context = context
    }

    /// Brings the selected steps up to date.
    ///
    /// A step that fails is a result, not an error. When the task is cancelled, commands are ended politely, then
    /// firmly, and the report so far is returned with `isInterrupted`.
    ///
    /// The caller holds the environment's run lock.
    ///
    /// - Parameter events: hears what happens as it happens, on any thread, one event at a time.
    /// - Throws: `PipelineError` before anything runs, `HostError` and `PersistenceError`.
    public func run(
        _ selection: PipelineSelection = .all, options: RunOptions,
        events: @escaping @Sendable (PipelineEvent) -> Void = { _ in }
    ) async throws -> PipelineReport {
        let selection = try narrowed(selection, options)
        let setup = try await ProjectSetup(context, width: options.jobs)
        let evaluation = try await Evaluation(context, selection, setup: setup?.key.hash.hex, width: options.jobs)
        let tools = try tools(evaluation, options, events)
        defer { tools.outputs.finish() }
        var setupResult: StepResult?
        if let setup, !setup.isUpToDate {
            setupResult = try await setup.run(tools)
            if let result = setupResult, result.state != .ran { return skipAll(evaluation, because: result) }
        }
        let run = PipelineRun(evaluation, tools: tools, isForced: try forced(evaluation, options))
        var report = try await run.run()
        if let earlier = context.earlier, let fingerprint = context.fingerprint,
            setup == nil || setup?.places != nil, options.force == .none, options.from.isEmpty,
            var seen = await run.index(report, fingerprint: fingerprint)
        {
            seen.places += setup?.places ?? []
            // Without it, the next run decides step by step.
            if seen.isSettled(at: evaluation.began) { try? seen.save(earlier.path) }
        }
        if let setupResult { report.steps.insert(setupResult, at: 0) }
        return report
    }

    /// With `from` and no names, the steps after those and what they depend on.
    private func narrowed(_ selection: PipelineSelection, _ options: RunOptions) throws -> PipelineSelection {
        if options.from.isEmpty || !selection.names.isEmpty { return selection }
        return PipelineSelection(names: try context.graph.descendants(of: options.from))
    }

    func forced(_ evaluation: Evaluation, _ options: RunOptions) throws -> [Bool] {
        let graph = context.graph
        let from = try graph.numbers(named: options.from)
        var forced = graph.reach(from: from, by: graph.dependents)
        switch options.force {
        case .none: break
        case .all: for step in evaluation.selected { forced[step] = true }
        case .steps(let names): for step in try graph.numbers(named: names.sorted()) { forced[step] = true }
        }
        return forced
    }

    private func tools(
        _ evaluation: Evaluation, _ options: RunOptions, _ events: @escaping @Sendable (PipelineEvent) -> Void
    ) throws -> RunTools {
        let cache = OutputCache(
            directory: context.cacheDirectory, hashCache: context.hashCache, copyLimit: context.copyLimit.bytes)
        try cache.prepare()
        try FileSystem.makeDirectories(context.runFolder)
        let outputs = WorkspaceOutputs(
            workspace: context.workspace, standIns: context.graph.standIns, cache: cache, runFolder: context.runFolder)
        try outputs.prepare()
        return RunTools(
            context: context, options: options, reader: evaluation.reader, cache: cache, outputs: outputs,
            lists: FileListStore(cache: context.cacheDirectory),
            repositories: NestedRepositories(
                in: [context.workspace] + Set(context.graph.standIns.map(\.folder))),
            sources: SourceLinks(context.graph.sources, in: context.workspace), locks: try RangeLocks(at: cache.locks),
            events: EventSink(events), bystanders: Bystanders(in: context.workspace, context.differences),
            containerUser: ContainerUser(context))
    }

    private func skipAll(_ evaluation: Evaluation, because setup: StepResult) -> PipelineReport {
        let skipped = evaluation.selected.map { number in
            StepResult(
                id: context.graph.pipeline.steps[number].id, state: .skipped, message: "the project's `setup` failed")
        }
        return PipelineReport(
            steps: [setup] + skipped, isInterrupted: Task.isCancelled, isolation: context.isolation)
    }
}
