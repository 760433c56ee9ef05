import DataTests
import Git
import HostSystem
import Model
import Persistence
import Pipelines
import Snapshots
import SystemPackage

/// Answers for a run of everything in which nothing changed since the last one, without reading the configuration.
///
/// As safe as deciding step by step: the configuration's bytes, the pins, the isolation, the engines and every file
/// that a decision was made of are compared with what the last run saw. What it cannot compare (pins in place, waivers
/// that lapse on a date, tests of age) it leaves to the long way.
struct RepeatedRun {
    let project: Project
    let environment: BranchEnvironment
    let root: FilePath
    /// What the last run saw there.
    let earlier: EarlierRun

    init(_ project: Project, _ environment: BranchEnvironment, root: FilePath, earlier: EarlierRun? = nil) {
        self.project = project
        self.environment = environment
        self.root = root
        self.earlier = earlier ?? project.earlierRun(in: root)
    }

    private static let setting = "repeatable"

    /// Names everything that decides a run of all steps and is no file of the workspace; `nil` where such a run must
    /// be decided step by step.
    func fingerprint(_ isolation: IsolationProbe.Answer) throws -> ContentHash? {
        guard !environment.pins.isEmpty || environment.state == .ready,
            environment.pins.allSatisfy({ $0.kind == .copy || $0.kind == .reflink || $0.kind == .subvolume })
        else { return nil }
        var hasher = FieldHasher(domain: "repeated run")
        hasher.add("tool", Tool.version)
        hasher.add("platform", PipelineContext.hostPlatform)
        hasher.add("branch", environment.branch.rawValue)
        hasher.add("root", root.string)
        hasher.add("ports", environment.ports.mapValues(String.init))
        hasher.add("pins", environment.pins.map { "\($0.id) \($0.location) \($0.fingerprint)" })
        hasher.add("isolation", [isolation.level.rawValue, isolation.sandbox?.program.string ?? ""])
        hasher.add("engine", engine())
        for file in [root.appending(Project.configurationFile), project.localLayerFile(in: root)] {
            guard let file, FileSystem.exists(file) else { continue }
            hasher.add(file.string, try FileSystem.readText(file))
        }
        return hasher.finish()
    }

    private func engine() -> String {
        guard let engine = DuckDBEngine.locate(besides: project.host.parts.program, variables: project.host.variables),
            let status = try? FileSystem.status(engine.program, followLinks: true)  // What is gone is another engine.
        else { return "none" }
        return "\(engine.program) \(status.inode) \(status.size) \(status.modified.nanoseconds)"
    }

    /// Remembers which run stands for its repetitions, and where the store lies.
    func remember(_ run: RunRecord, fingerprint: ContentHash, store: FilePath) throws {
        let isRepeatable =
            (run.outcome == .passed || run.outcome == .passedWithWarnings) && run.taints.isEmpty
            && !run.tests.contains { $0.waiver != nil || $0.check.readsClock }
            && run.steps.allSatisfy { $0.state == .upToDate }
        guard isRepeatable else { return }
        try project.store.set(
            "\(Self.setting):\(root.string)", to: [fingerprint.hex, run.id, store.string].joined(separator: "\n"))
    }

    /// What a run would say in which nothing has changed.
    struct Unchanged {
        /// The run that stands for its repetitions.
        let run: String
        let report: PipelineReport
        let isolation: IsolationProbe.Answer
        let snapshots: SnapshotStore
    }

    /// Looks whether anything has changed since the last run of everything; `nil` when something has.
    func unchanged() async throws -> Unchanged? {
        guard let known = try project.store.setting("\(Self.setting):\(root.string)") else { return nil }
        let parts = known.split(separator: "\n").map(String.init)
        let isolation = try await IsolationProbe(project: project)()
        guard parts.count == 3, let fingerprint = try fingerprint(isolation), parts[0] == fingerprint.hex,
            let report = try await earlier.report(for: fingerprint, width: project.host.cores)
        else { return nil }
        let snapshots = SnapshotStore(root: FilePath(parts[2]), time: project.host.time, width: project.host.cores)
        for pin in environment.pins {
            guard try await snapshots.verify(pin).isEmpty else { return nil }
        }
        return Unchanged(run: parts[1], report: report, isolation: isolation, snapshots: snapshots)
    }

    /// Returns the record of a run in which nothing had to be done, already recorded; `nil` when something changed.
    ///
    /// The caller holds the environment's locks.
    func callAsFunction(events: @Sendable (RunEvent) -> Void) async throws -> RunRecord? {
        guard let unchanged = try await unchanged(), let earlier = try project.store.run(unchanged.run) else {
            return nil
        }
        let report = unchanged.report
        let now = project.host.time.now()
        var record = RunRecord(
            id: RunIdentifier.make(at: now), branch: environment.branch, commit: project.head.commit, started: now,
            outcome: earlier.outcome, isolation: report.isolation, steps: report.steps, tests: earlier.tests)
        for index in record.tests.indices { record.tests[index].isReused = true }
        for sentence in try await LiveData(snapshots: unchanged.snapshots).differences(environment, in: root) {
            events(.note(sentence))
        }
        for pin in environment.projectPins(now: now) {
            if let remark = pin.remark { events(.note(remark)) }
        }
        if let reason = unchanged.isolation.reason { events(.note("steps run without a sandbox: \(reason)")) }
        for test in record.tests { events(.tested(test)) }
        record.finished = project.host.time.now()
        try project.store.insert(record, owner: .current())
        return record
    }
}

extension Project {
    /// What the last run saw in the working tree at `root`.
    func earlierRun(in root: FilePath) -> EarlierRun {
        EarlierRun(at: layout.headgateDirectory.appending("index").appending(ContentHash(of: root.string).prefix(16)))
    }
}
