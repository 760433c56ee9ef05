import Configuration
import DataTests
import Gate
import Git
import HostSystem
import Model
import Persistence
import Pipelines
import Synchronization
import SystemPackage

/// Judges one candidate: finds the verdict that its key has already, or runs its pipeline and decides.
struct CandidateJudgement: Sendable {
    let project: Project
    let request: LandBranch.Request
    let target: BranchName
    let candidate: Candidate
    /// `nil` where the target's tip has no `headgate.yaml` yet.
    let targetConfiguration: ProjectConfiguration?
    let caller: ProjectConfiguration

    typealias Judged = (verdict: Verdict?, run: RunRecord?, decision: GateDecision, isReused: Bool, unknown: [String])

    /// - Returns: the verdict (`nil` only where `--no-run` found none), the run behind it, the decision, whether the
    ///   verdict was there before, and the acknowledged ids that are nothing's here.
    func callAsFunction(_ events: @escaping @Sendable (RunEvent) -> Void) async throws -> Judged {
        guard let configuration = try await project.configuration(at: candidate.commit) else {
            throw ProjectError.noConfiguration(FilePath("the merge result"))
        }
        try await Trust(project: project).require(configuration, of: request.branch)
        let place = try await CandidateWorkspace.take(
            for: target, at: candidate.commit, in: project, root: project.workspacesRoot(caller))
        defer { place.release() }
        try await place.bring(to: candidate.commit)
        let loaded = try project.candidateConfiguration(in: place.path)
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: target)
        let pins = try await pinning.pin(takingFrom: youngPins(configuration), in: place.path).map(\.pin)
        try pinning.exclude()
        try await pinning.attach(pins, in: place.path)
        let owner = DataClone.Owner.candidate(place.path.string)
        let clones = DataClones(project: project)
        let began = project.host.time.now()
        do {
            try await pinning.provideClones(pins, for: owner, in: place.path)
            let judged = try await judge(configuration, loaded, pins, owner, place, events)
            await clones.discard(owner, madeSince: began)
            return judged
        } catch {
            await clones.discard(owner, madeSince: began)
            throw error
        }
    }

    private func judge(
        _ configuration: ProjectConfiguration, _ loaded: LoadedConfiguration, _ pins: [Pin], _ owner: DataClone.Owner,
        _ place: CandidateWorkspace, _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> Judged {
        let targetPipeline = try targetConfiguration.map {
            try ConfigurationResolver.resolve(
                $0,
                in: ResolutionContext(
                    branch: target, environmentName: target.slug, ports: $0.ports(of: nil), local: nil))
        }
        let extra = Mutex<[TestResult]>([])
        let ownPipeline = try ConfigurationResolver.resolve(
            configuration,
            in: ResolutionContext(
                branch: target, environmentName: target.slug, ports: configuration.ports(of: nil), local: nil))
        let targetTests = targetTests(targetPipeline, configuration, ownPipeline)
        let undeclared = try await undeclaredFiles(configuration, ownPipeline)
        var preparation = PreparedPipeline.Request(usesLocalLayer: false)
        preparation.extraTests = targetTests.changed.map { .init(subject: $0.subject, test: $0.test) }
        preparation.takesOnlySelfContained = true
        preparation.mayUseCache = { step in
            guard let file = undeclared.first, step.isolation != .hermetic else { return .allowed }
            return .refused(because: file)
        }
        if !undeclared.isEmpty { try project.store.forgetSteps(in: place.path.string) }
        let pipeline = try await PreparedPipeline(
            project: project, root: place.path, key: place.path.string, loaded: loaded, git: place.git, branch: target,
            ports: configuration.ports(of: nil), pins: pins, owner: owner, request: preparation,
            extra: { results in extra.withLock { $0 += results } })

        let key = try await verdictKey(configuration, pipeline, pins)
        let book = VerdictBook(project: project)
        // What somebody acknowledged for one landing is not acknowledged for the next.
        // Nor is data that was young enough then so now: what reads the clock is tested again, on the cached results.
        if !pipeline.testsReadClock, let known = try await book.passing(key: key.hash, tree: candidate.tree),
            request.acknowledged.isEmpty, known.acknowledgements.isEmpty
        {
            return (known, nil, GateDecision(outcome: known.outcome, reasons: []), true, [])
        }
        if request.noRun {
            let reason =
                pipeline.testsReadClock
                ? "the age of the data must be tested again, and `--no-run` was given"
                : "no verdict exists for this merge result, and `--no-run` was given"
            return (nil, nil, GateDecision(outcome: .absent, reasons: [reason], remedies: [.judge]), false, [])
        }

        var run = try await RunPipeline(project).execute(
            pipeline, request.asRun, commit: candidate.commit, events: events)
        for path in try await place.git.trackedFiles(differingFrom: candidate.tree) {
            let taint = "the run changed \(path), which Git tracks"
            if !run.taints.contains(taint) { run.taints.append(taint) }
        }
        run.tests = try marked(run.tests)
        try project.store.update(run)

        let candidateResults = Dictionary(run.tests.map { ($0.id, $0) }) { first, _ in first }
        let changes =
            targetTests.changes(results: extra.withLock { $0 }, candidateResults: candidateResults)
            + (targetConfiguration.map { settingChanges(target: $0, candidate: configuration) } ?? [])
        let seen = Set(changes.map(\.id) + run.tests.map(\.id))
        let acknowledgements = request.acknowledged.filter(seen.contains).map {
            Acknowledgement(id: $0, reason: request.reason ?? "", who: project.host.userName)
        }
        for acknowledgement in acknowledgements {
            try project.store.insert(acknowledgement, of: request.branch, at: project.host.time.now())
        }
        let facts = GateFacts(
            steps: run.steps, groups: Dictionary(ownPipeline.steps.map { ($0.id, $0.group) }) { first, _ in first },
            tests: run.tests, taints: run.taints, isolation: run.isolation, changes: changes,
            acknowledgements: acknowledgements)
        let decision = decide(facts, target: (targetConfiguration ?? configuration).gate, candidate: configuration.gate)
        let unknown = request.acknowledged.filter { !seen.contains($0) }
        return (verdict(key, decision, run, acknowledgements), run, decision, false, unknown)
    }

    private func verdict(
        _ key: VerdictKey, _ decision: GateDecision, _ run: RunRecord, _ acknowledgements: [Acknowledgement]
    ) -> Verdict {
        Verdict(
            key: key.hash, parts: key.named,
            outcome: decision.outcome.mayLand && !decision.reasons.isEmpty ? .fail : decision.outcome, target: target,
            targetCommit: candidate.target, branchCommit: candidate.source, candidate: candidate.commit,
            tree: candidate.tree, method: candidate.method,
            tests: run.tests.map { JudgedTest(id: $0.id, severity: $0.severity, outcome: $0.outcome, value: $0.value) },
            steps: Dictionary(run.steps.compactMap { step in step.key.map { (step.id, $0) } }) { first, _ in first },
            retried: run.steps.filter { $0.attempts > 1 }.map(\.id), acknowledgements: acknowledgements,
            taints: run.taints, run: run.id, who: project.host.userName, started: run.started,
            finished: run.finished ?? project.host.time.now(), toolVersion: Tool.version)
    }

    /// The target's pins that are young enough; a source whose pin is older is looked at again.
    private func youngPins(_ configuration: ProjectConfiguration) throws -> [Pin] {
        let oldest =
            project.host.time.now() + TimeSpan(seconds: -(targetConfiguration ?? configuration).gate.dataMaxAge.seconds)
        return try (project.store.environment(for: target)?.pins ?? []).filter { $0.pinnedAt >= oldest }
    }

    private func targetTests(
        _ targetPipeline: ResolvedPipeline?, _ configuration: ProjectConfiguration, _ own: ResolvedPipeline
    ) -> TargetTests {
        let subjects = Set(configuration.sources.map { TestSubject.source($0.name) } + own.steps.map { .step($0.id) })
        guard let targetConfiguration, let targetPipeline else {
            return TargetTests(target: [], candidate: [], subjects: subjects)
        }
        return TargetTests(
            target: placed(targetConfiguration, targetPipeline), candidate: placed(configuration, own),
            subjects: subjects)
    }

    private func placed(_ configuration: ProjectConfiguration, _ pipeline: ResolvedPipeline) -> [PlacedTest] {
        configuration.sources.flatMap { source in
            source.allTests.map { PlacedTest(subject: .source(source.name), test: $0.reading(source.nulls)) }
        }
            + pipeline.steps.flatMap { step in
                step.tests.map { PlacedTest(subject: .step(step.id), test: $0.reading(step.nulls)) }
            }
    }

    /// Changed tracked files that nothing declares: results made elsewhere may have read them unseen.
    private func undeclaredFiles(
        _ configuration: ProjectConfiguration, _ pipeline: ResolvedPipeline
    ) async throws -> [String] {
        let repository = try await project.repository()
        let changed = try await repository.changedPaths(
            from: repository.tree(of: candidate.target), to: candidate.tree)
        let tables = (configuration.sources.flatMap(\.tests) + pipeline.steps.flatMap(\.tests)).flatMap {
            test -> [String] in
            if case .relationships(_, let to, _) = test.check { return [to] + (test.table.map { [$0] } ?? []) }
            return test.table.map { [$0] } ?? []
        }
        return undeclaredChanges(
            changed: changed.map(\.path.string), declared: pipeline.steps.flatMap { $0.inputs ?? [] } + tables,
            ignored: configuration.gate.ignore)
    }

    /// The results with what they are against the target's last verdict.
    private func marked(_ results: [TestResult]) throws -> [TestResult] {
        guard let last = try project.store.latestVerdict(for: target) else { return results }
        let failing = Set(last.tests.filter { $0.outcome == .failed }.map(\.id))
        return results.map { result in
            var result = result
            switch (result.outcome == .failed, failing.contains(result.id)) {
            case (true, true): result.baseline = .existing
            case (true, false): result.baseline = .new
            case (false, true): result.baseline = .fixed
            case (false, false): break
            }
            return result
        }
    }

    private func verdictKey(
        _ configuration: ProjectConfiguration, _ pipeline: PreparedPipeline, _ pins: [Pin]
    ) async throws -> VerdictKey {
        let engine = DuckDBEngine.locate(besides: project.host.parts.program, variables: project.host.variables)
        var parts = VerdictParts.definitions(configuration, target: targetConfiguration)
        parts.merge(VerdictParts.pipeline(pipeline.pipeline)) { $1 }
        parts[.tree] = candidate.tree.hex
        parts[.data] = VerdictParts.data(pins)
        parts[.pins] = VerdictParts.kinds(pins)
        parts[.isolation] = pipeline.isolation.level.rawValue
        parts[.engine] = try await engine?.version(runner: project.host.runner) ?? "none"
        parts[.platform] = PipelineContext.hostPlatform
        parts[.mergeDrivers] = VerdictParts.hash("drivers", candidate.drivers.map { ($0.key, $0.value) })
        return VerdictKey(parts: parts)
    }
}

extension DataTest {
    /// The test with what its subject says of nulls made its own: a branch may loosen either.
    fileprivate func reading(_ subjectsNulls: [String]) -> DataTest {
        var test = self
        test.nulls = test.nulls ?? subjectsNulls
        return test
    }
}

extension LandBranch.Request {
    var asRun: RunPipeline.Request {
        var run = RunPipeline.Request()
        run.jobs = jobs
        return run
    }
}

extension Project {
    /// The configuration of a candidate: without the local layer, which belongs to a person and not to a branch.
    func candidateConfiguration(in workTree: FilePath) throws -> LoadedConfiguration {
        let loaded = try configuration(in: workTree)
        return LoadedConfiguration(
            configuration: loaded.configuration, local: nil, text: loaded.text, file: loaded.file)
    }
}
