import Git
import HostSystem
import Model
import Persistence
import Pipelines
import SystemPackage

/// Runs an environment's pipeline with its data tests, and records what happened.
public struct RunPipeline: Sendable {
    /// What to run, and how.
    public struct Request: Sendable {
        /// Steps or groups; empty means all.
        public var steps: [String] = []
        public var parameters: [String: String] = [:]
        public var variation: String?
        /// The named steps, or all, run whether or not they are up to date.
        public var force = false
        /// These steps and all after them run as if forced.
        public var from: [String] = []
        /// `nil` takes the number of cores.
        public var jobs: Int?
        public var failFast = false
        /// Whether each step without an image is shown nothing but its declared inputs.
        public var isHermetic = false
        /// Whether each step is watched for files that it opens without declaring them; runs the named steps, or all.
        public var isTraced = false

        public init() {}

        /// Whether it asks for all steps as they are configured.
        var isOfEverything: Bool {
            steps.isEmpty && parameters.isEmpty && variation == nil && !force && from.isEmpty && !isHermetic
                && !isTraced
        }
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Runs the pipeline of a branch's environment and returns the record; a failing step or test is a result, not an
    /// error.
    ///
    /// - Parameter branch: `nil` takes the one checked out where the command was called.
    /// - Throws: `HostError.locked` when another run works in this environment; what keeps the run from starting.
    public func callAsFunction(
        _ request: Request, of branch: BranchName? = nil, events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws -> RunRecord {
        let branch = try branch ?? project.requireBranch()
        let environmentLock = try await HeldLock(at: project.lockFile(.environment, branch), mode: .shared)
        let runLock = try await HeldLock(at: project.lockFile(.run, branch), mode: .exclusive)
        defer {
            runLock.release()
            environmentLock.release()
        }
        var earlier: EarlierRun?
        if request.isOfEverything, branch == project.head.branch,
            let environment = try project.store.environment(for: branch),
            environment.workspace == project.workTree.string,
            environment.state == .ready
        {
            let repeated = RepeatedRun(project, environment, root: project.workTree)
            if let record = try await repeated(events: events) { return record }
            earlier = repeated.earlier
        }
        let ready = try await PinnedWorkspace.prepare(project.openWorkspace(of: branch))
        let workspace = ready.workspace
        let repeated = RepeatedRun(project, workspace.environment, root: workspace.root, earlier: earlier)
        let fingerprint =
            request.isOfEverything ? try await repeated.fingerprint(IsolationProbe(project: project)()) : nil
        let pipeline = try await ready.pipeline(
            .init(
                parameters: request.parameters, variation: request.variation,
                earlier: repeated.earlier, fingerprint: fingerprint,
                isHermetic: request.isHermetic, isTraced: request.isTraced))
        let contained = pipeline.pipeline.steps.filter { $0.image != nil }
        if request.isTraced, let first = contained.first {
            let others = contained.count > 1 ? " and \(contained.count - 1) more" : ""
            events(.note("steps in containers are not traced: \(first.id)\(others)"))
        }
        let snapshots = SourcePinning.snapshots(project, workspace.configuration)
        for sentence in try await LiveData(snapshots: snapshots).differences(
            workspace.environment, in: workspace.root)
        {
            events(.note(sentence))
        }
        for pin in workspace.environment.projectPins(now: project.host.time.now()) {
            if let remark = pin.remark { events(.note(remark)) }
        }
        let record = try await execute(pipeline, request, events: events)
        if let fingerprint {
            try repeated.remember(record, fingerprint: fingerprint, store: snapshots.root)
        }
        return record
    }

    /// Runs a prepared pipeline and records it; used for environments and candidates alike.
    func execute(
        _ pipeline: PreparedPipeline, _ request: Request, commit: ObjectID? = nil,
        events: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> RunRecord {
        let time = project.host.time
        let variation = try pipeline.loaded.configuration.variation(named: request.variation)
        let selection = PipelineSelection(names: request.steps.isEmpty ? variation?.only ?? [] : request.steps)
        let head = try commit ?? RepositoryLayout.find(from: pipeline.root).head().commit
        var record = RunRecord(
            id: pipeline.run, branch: pipeline.branch, commit: head, started: time.now(),
            isolation: pipeline.isolation.level)
        project.host.faults.reached("run.record.before")
        try project.store.insert(record, owner: .current())
        project.host.faults.reached("run.record.after")
        if let reason = pipeline.isolation.reason {
            events(
                .note("steps run without a sandbox: \(reason)" + (pipeline.isolation.remedy.map { " (\($0))" } ?? "")))
        }
        do {
            let report = try await pipeline.engine.run(
                selection, options: options(request, selection), events: { translate($0, to: events) })
            record.steps = report.steps
            record.tests = report.tests
            record.isolation = report.isolation
            record.taints = report.taints
            if pipeline.mayLeaveProcesses, report.steps.contains(where: { [.ran, .failed, .lost].contains($0.state) }) {
                do {
                    try await project.endSteps(of: pipeline.run)
                } catch let error as RecoveryError {
                    // What still runs may change the outputs.
                    record.taints.append(error.diagnosis.oneLine)
                }
            }
            // What was interrupted counts for nothing, and nothing more is started.
            if !report.isInterrupted {
                record.taints += try await pipeline.changedPins(asking: true)
                if report.steps.contains(where: { $0.state == .ran }) {
                    record.taints += try await changedTrackedFiles(pipeline, since: record.started)
                }
            }
            record.outcome = outcome(of: report)
            for moved in report.setAside {
                events(.note("\(moved.path) stood where a step writes; it is at \(moved.movedTo) now"))
            }
        } catch {
            record.outcome = Task.isCancelled ? .interrupted : .failed
            record.finished = time.now()
            try project.store.update(record)
            throw error
        }
        record.finished = time.now()
        project.host.faults.reached("run.finish.before")
        try project.store.update(record)
        project.host.faults.reached("run.finish.after")
        if record.steps.contains(where: { $0.state == .ran }) {
            do {
                try CareForCache(project).pruneIfDue(pipeline.loaded.configuration)
            } catch let error as any DiagnosableError {
                // The run is done; the next one tries again.
                events(.note("the cache has outgrown its limit: \(error.diagnosis.problem)"))
            }
        }
        return record
    }

    /// The tracked files that differ from what is staged and were written since the run began, but for declared outputs.
    private func changedTrackedFiles(_ pipeline: PreparedPipeline, since began: Timestamp) async throws -> [String] {
        let outputs = Set(pipeline.pipeline.steps.flatMap(\.outputs))
        return try await pipeline.git.status(untracked: false).changed.filter { path in
            guard !outputs.contains(path.string) else { return false }
            guard let status = try FileSystem.status(pipeline.root.pushing(path)) else { return true }
            return status.changed >= began
        }.map { "the run changed \($0), which Git tracks" }
    }

    private func options(_ request: Request, _ selection: PipelineSelection) -> RunOptions {
        let force: RunOptions.Force =
            request.force || request.isTraced ? (request.steps.isEmpty ? .all : .steps(Set(request.steps))) : .none
        return RunOptions(
            jobs: request.jobs ?? project.host.cores, force: force, from: request.from, failFast: request.failFast)
    }

    private func outcome(of report: PipelineReport) -> RunOutcome {
        if report.isInterrupted { return .interrupted }
        guard report.succeeded else { return .failed }
        return report.tests.contains { $0.outcome == .failed && $0.severity == .warning }
            ? .passedWithWarnings : .passed
    }
}

/// Says to the display what the engine says to us.
private func translate(_ event: PipelineEvent, to events: @Sendable (RunEvent) -> Void) {
    switch event {
    case .stepStarted(let id, _, _): events(.started(step: id))
    case .stepWaiting(let id): events(.note("\(id) waits for another process that computes the same result"))
    case .stepFinished(var result, let tail, let hint):
        if let hint { result.message = [result.message, hint].compactMap { $0 }.joined(separator: "; ") }
        events(.finished(result, lines: tail))
    case .testFinished(let result): events(.tested(result))
    case .note(let text): events(.note(text))
    case .progress(let progress): events(.planned(steps: progress.total))
    }
}

extension ProjectConfiguration {
    /// - Throws: `ProjectError.noSuchVariation`.
    func variation(named name: String?) throws -> Variation? {
        guard let name else { return nil }
        guard let variation = variations.first(where: { $0.name == name }) else {
            throw ProjectError.noSuchVariation(name, known: variations.map(\.name))
        }
        return variation
    }
}
