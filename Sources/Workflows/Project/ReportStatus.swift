import Gate
import Git
import HostSystem
import Model
import Persistence
import Pipelines
import SystemPackage

/// Says where the caller stands: the environment, what is out of date, the gate, the audit.
public struct ReportStatus: Sendable {
    /// Where the caller stands.
    public struct Report: Sendable {
        public let project: String
        public let branch: BranchName?
        public let environment: BranchEnvironment?
        public let fingerprint: ContentHash?
        public let isolation: IsolationLevel
        public let upToDate: Int
        public let outOfDate: [PlannedStep]
        public let failed: [String]
        public let target: BranchName?
        public let verdict: Verdict?
        public let gateReason: String?
        /// Whether the target has all of the branch already.
        public let hasNothingToLand: Bool
        public let audit: AuditBranches.Report
        /// What other projects made, as the environment has it pinned.
        public let projects: [ProjectPin]
        /// What a person should know and no key holds, each as one sentence.
        public let remarks: [String]
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Gathers the report; nothing runs, and only what an audit found in order is recorded.
    public func callAsFunction() async throws -> Report {
        let loaded = try project.configuration(in: project.workTree)
        let branch = project.head.branch
        var environment = try branch.flatMap { try project.store.environment(for: $0) }
        if let branch, isElsewhere(environment) { environment = try project.attach(branch, to: project.workTree) }
        let lastRun = try branch.flatMap { try project.store.lastFinishedRun(of: $0) }
        let isolation = try await IsolationProbe(project: project)()
        var plan: [PlannedStep] = []
        var remarks: [String] = []
        if let branch, let environment, environment.state == .ready, !loaded.configuration.steps.isEmpty {
            let workspace = Workspace(
                project: project, environment: environment, root: project.workTree, loaded: loaded, git: project.git)
            let pinning = try SourcePinning(project: project, loaded: loaded, branch: branch)
            try pinning.requireNoLiveDatabase(in: workspace.root)
            let repeated = RepeatedRun(project, environment, root: project.workTree)
            if let unchanged = try await repeated.unchanged() {
                plan = unchanged.report.steps.map { PlannedStep(id: $0.id, action: .upToDate) }
                remarks += try await LiveData(snapshots: unchanged.snapshots).differences(
                    environment, in: project.workTree)
            } else if try pinning.isComplete(environment.pins) {
                let pipeline = try await PinnedWorkspace(workspace: workspace).pipeline()
                plan = try await pipeline.engine.plan()
                remarks += try await pipeline.changedPins(asking: false)
                remarks += try await LiveData(snapshots: pinning.snapshots).differences(
                    environment, in: project.workTree)
            } else {
                remarks.append(try pinning.announcement(environment.pins))
                plan = loaded.configuration.steps.map {
                    PlannedStep(id: $0.name, action: .run, reasons: [KeyDifference(part: "never-ran")])
                }
            }
        } else {
            plan = loaded.configuration.steps.map {
                PlannedStep(id: $0.name, action: .run, reasons: [KeyDifference(part: "never-ran")])
            }
        }
        let projects = environment?.projectPins(now: project.host.time.now()) ?? []
        remarks += projects.compactMap(\.remark)
        let target = try await project.mainProtectedBranch(project.protection(loaded.configuration))
        let gate = try await gate(branch, target)
        return Report(
            project: loaded.configuration.project, branch: branch, environment: environment,
            fingerprint: try environment.map {
                try EnvironmentFingerprint(project: project)($0, commit: project.head.commit, loaded: loaded)
            }, isolation: isolation.level,
            upToDate: plan.count { $0.action == .upToDate }, outOfDate: plan.filter { $0.action != .upToDate },
            failed: failedSteps(lastRun, plan), target: target, verdict: gate.verdict,
            gateReason: gate.reason, hasNothingToLand: gate.isEmpty,
            audit: try await AuditBranches(project)(trustsMarks: true), projects: projects,
            remarks: remarks)
    }

    /// The steps that failed last and have no result since; a merge result that failed says nothing about this branch.
    private func failedSteps(_ run: RunRecord?, _ plan: [PlannedStep]) -> [String] {
        let open = Set(plan.filter { $0.action == .run }.map(\.id))
        return run?.steps.filter { $0.state == .failed && open.contains($0.id) }.map(\.id) ?? []
    }

    /// Whether the environment of the branch that is checked out here is not bound to this working tree yet.
    private func isElsewhere(_ environment: BranchEnvironment?) -> Bool {
        guard let environment else { return true }
        return environment.state == .parked
            || environment.state == .ready && environment.workspace != project.workTree.string
    }

    /// What is recorded of the gate.
    private struct Gate {
        var verdict: Verdict?
        var reason: String?
        /// The target has all of the branch already.
        var isEmpty = false
    }

    /// What the gate would say of this branch, from what is recorded; of the target, as `verify` says it.
    private func gate(_ branch: BranchName?, _ target: BranchName?) async throws -> Gate {
        guard let target else { return Gate(reason: "no protected branch exists") }
        guard let branch, let tip = project.head.commit else { return Gate(reason: "HEAD is detached") }
        if branch == target {
            // What landed here last stands for it; and without any verdict the repository need not be opened.
            if let last = try project.store.latestVerdict(for: target), last.candidate == tip, last.outcome.mayLand {
                return Gate(verdict: last)
            }
            let prefixes = [VerdictRefs.verdictPrefix, VerdictRefs.remotesPrefix]
            guard try prefixes.contains(where: { try project.layout.mayHaveReferences(beneath: $0) }) else {
                return Gate()
            }
            return Gate(
                verdict: try await VerdictBook(project: project).decisive(of: project.repository().tree(of: tip)))
        }
        let repository = try await project.repository()
        guard let targetTip = try await repository.tip(of: target) else {
            return Gate(reason: "\(target) has no commit")
        }
        if let verdict = try project.store.latestVerdict(for: target, judging: tip) {
            for landing in try project.store.landings(on: target) where landing.verdict == verdict.key {
                guard try await repository.isAncestor(landing.commit, of: targetTip) else { continue }
                return Gate(verdict: verdict, reason: "landed on \(target)")
            }
            guard verdict.targetCommit == targetTip else {
                return Gate(
                    verdict: verdict, reason: "\(target) has moved since: `headgate merge \(quoted(branch)) --dry-run`")
            }
            return Gate(
                verdict: verdict,
                reason: verdict.outcome.mayLand ? nil : "the last judgement was \(verdict.outcome.rawValue)")
        }
        if try await repository.isAncestor(tip, of: targetTip) {
            return Gate(reason: "\(target) has all of \(branch) already", isEmpty: true)
        }
        return Gate(reason: "\(branch) was not judged yet: `headgate merge \(quoted(branch)) --dry-run`")
    }
}
