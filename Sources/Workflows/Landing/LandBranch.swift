import Gate
import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Takes a branch through the gate: builds the merge result, runs the pipeline and the tests on exactly that tree, and
/// moves the target to it when both policies are met.
public struct LandBranch: Sendable {
    /// Which branch is to land where, and how.
    public struct Request: Sendable {
        public var branch: BranchName
        /// `nil` takes the main protected branch.
        public var target: BranchName?
        /// `nil` takes the policy's.
        public var method: MergeMethod?
        /// Stops before landing.
        public var dryRun = false
        /// Lands only what has a verdict already.
        public var noRun = false
        /// What was seen and accepted: ids of tests, `removed:…`, `loosened:…`, `setting:…`.
        public var acknowledged: [String] = []
        /// Why, for acknowledgements and for an override.
        public var reason: String?
        /// Lands without a passing verdict, where the policy allows it.
        public var override = false
        public var jobs: Int?

        public init(branch: BranchName) {
            self.branch = branch
        }
    }

    /// What came of it, as far as it got.
    public struct Result: Sendable {
        /// How it ended.
        public enum Outcome: Sendable, Hashable {
            case landed
            /// Would land: `--dry-run`.
            case open
            case upToDate
            case conflict
            case closed
        }

        public var outcome: Outcome
        public var branch: BranchName
        public var branchCommit: ObjectID
        public var target: BranchName
        public var targetCommit: ObjectID
        public var method: MergeMethod
        public var base: ObjectID?
        public var candidate: ObjectID?
        public var tree: ObjectID?
        public var conflicts: [String] = []
        public var verdict: Verdict?
        public var isReused = false
        /// Why the gate is closed, the worst first.
        public var reasons: [String] = []
        /// What would open it.
        public var remedies: [Remedy] = []
        public var run: RunRecord?
        /// What was acknowledged and is neither a change nor a test here; it answers for nothing.
        public var unknownAcknowledgements: [String] = []
    }

    /// What would open a gate that is closed.
    public typealias Remedy = GateRemedy

    enum Step: String, CaseIterable {
        /// The verdict stands in the state store.
        case verdict
        /// The verdict stands under its reference.
        case publish
        /// Git's hook will let this one movement pass.
        case permit
        /// The target is at the candidate.
        case move
        /// What is there was compared with what was tested.
        case readBack
        /// The landing stands under its reference.
        case audit
        /// `git log --notes=headgate` shows it.
        case note
        /// The landing stands in the state store, the permit is used.
        case landing
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Builds and judges the merge result, and moves the target to it where the gate is open; up to five times where the
    /// target moves meanwhile.
    ///
    /// - Parameter events: hears what happens while the candidate runs.
    /// - Throws: `LandingError`, `GitError` (`.noSuchBranch` among them), `ConfigurationError`.
    public func callAsFunction(
        _ request: Request, events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws -> Result {
        let caller = try project.configuration(in: project.workTree).configuration
        let target = try await project.landingTarget(request.target, caller)
        guard target != request.branch else { throw LandingError.sameBranch(target) }
        return try await Journal.recording("merge", subject: request.branch.rawValue, in: project) {
            try await attempts(request, target: target, caller, events)
        }
    }

    private func attempts(
        _ request: Request, target: BranchName, _ caller: ProjectConfiguration,
        _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> Result {
        var last: ObjectID?
        for _ in 1...5 {
            let repository = try await project.repository()
            guard let t = try await repository.tip(of: target) else { throw GitError.noSuchBranch(target) }
            guard let s = try await repository.tip(of: request.branch) else {
                throw GitError.noSuchBranch(request.branch)
            }
            if let last { events(.note("\(target) moved from \(last.short) to \(t.short); testing again")) }
            last = t
            try await requireUpToDateWithUpstream(target, t, s, events)
            if let result = try await attempt(request, target: target, t, s, caller, events) { return result }
        }
        throw LandingError.targetKeptMoving(target)
    }

    /// One try; `nil` when the target moved meanwhile.
    private func attempt(
        _ request: Request, target: BranchName, _ t: ObjectID, _ s: ObjectID, _ caller: ProjectConfiguration,
        _ events: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> Result? {
        let repository = try await project.repository()
        let targetConfiguration = try await project.configuration(at: t)
        let policy = (targetConfiguration ?? caller).gate
        guard (targetConfiguration ?? caller).isProtected(target) else { throw LandingError.notProtected(target) }
        let method = request.method ?? policy.method
        var result = Result(
            outcome: .closed, branch: request.branch, branchCommit: s, target: target, targetCommit: t, method: method,
            base: try await repository.mergeBase(t, s))
        let merge = CanonicalMerge(repository, project.git)
        let message =
            method == .squash
            ? try await merge.squashMessage(target: t, source: s) : MergeMessage.merge(request.branch, into: target)
        let candidate: Candidate
        switch try await merge.candidate(target: t, source: s, method: method, message: message) {
        case .candidate(let built): candidate = built
        case .upToDate:
            result.outcome = .upToDate
            result.reasons = ["\(target) has all of \(request.branch) already"]
            return result
        case .notFastForward: throw LandingError.notFastForward(branch: request.branch, target: target)
        case .conflict(let paths):
            result.outcome = .conflict
            result.conflicts = paths.map(\.string)
            result.reasons = ["merge conflict in \(paths.count == 1 ? paths[0].string : "\(paths.count) files")"]
            return result
        }
        result.candidate = candidate.commit
        result.tree = candidate.tree

        if !request.dryRun { try await requireMovable(target, to: candidate) }

        let judgement = CandidateJudgement(
            project: project, request: request, target: target, candidate: candidate,
            targetConfiguration: targetConfiguration, caller: caller)
        let (verdict, run, decision, isReused, unknown) = try await judgement(events)
        result.verdict = verdict
        result.run = run
        result.reasons = decision.reasons
        result.remedies = decision.remedies
        result.isReused = isReused
        result.unknownAcknowledgements = unknown
        guard let verdict else { return result }
        let isOpen = GateDecision(outcome: verdict.outcome, reasons: decision.reasons).isOpen
        let isOverridden = !isOpen && request.override && policy.override == .allow
        if request.override, policy.override == .deny, !isOpen {
            result.reasons.append("the policy of \(target) says `override: deny`")
        }
        if request.dryRun || !(isOpen || isOverridden) {
            try VerdictBook(project: project).record(verdict)
            try await VerdictBook(project: project).publish(verdict)
            result.outcome = isOpen ? .open : .closed
            return result
        }
        let kind: LandingRecord.Kind = isOpen ? .landed : .override
        guard try await land(candidate, on: target, verdict: verdict, kind: kind, reason: request.reason) else {
            return nil
        }
        result.outcome = .landed
        return result
    }

    /// Moves the target; `false` when it is not at the commit that was tested against any more.
    private func land(
        _ candidate: Candidate, on target: BranchName, verdict: Verdict, kind: LandingRecord.Kind, reason: String?
    ) async throws -> Bool {
        let lock = try await HeldLock(
            at: project.lockFile(.target, target), mode: .exclusive, wait: .upTo(TimeSpan(seconds: 30)))
        defer { lock.release() }
        guard try project.layout.resolve(reference: target.reference) == candidate.target else { return false }
        let landing = LandingRecord(
            kind: kind, branch: target, from: candidate.target, commit: candidate.commit, tree: candidate.tree,
            verdict: verdict.key, who: verdict.who, when: project.host.time.now(), reason: reason)
        let journal = try Journal.begin(
            "land", subject: target.rawValue,
            payload: [
                "from": candidate.target.hex, "commit": candidate.commit.hex, "tree": candidate.tree.hex,
                "verdict": verdict.key.hex, "kind": kind.rawValue, "who": verdict.who, "reason": reason ?? "",
            ], in: project)
        do {
            try await journal.step(Step.verdict) { try VerdictBook(project: project).record(verdict) }
            try await journal.step(Step.publish) { try await VerdictBook(project: project).publish(verdict) }
            try await journal.step(Step.permit) {
                let now = project.host.time.now()
                try project.store.grant(permit(landing), at: now, until: now + TimeSpan(seconds: 600))
            }
            try await journal.step(Step.move) { try await move(target, from: candidate.target, to: candidate.commit) }
            try await finish(landing, journal)
            try await ChangeHooks(project).refreshLists()
            return true
        } catch {
            try await recover(journal.operation)
            if case GitError.referenceMoved = error { return false }
            throw error
        }
    }

    /// Says before a long run what would keep its result from landing: changes where the target is checked out.
    private func requireMovable(_ target: BranchName, to candidate: Candidate) async throws {
        guard let worktree = try await project.git.worktree(of: target), worktree.prunableBecause == nil else { return }
        let repository = try await project.repository()
        let moving = Set(
            try await repository.changedPaths(from: repository.tree(of: candidate.target), to: candidate.tree).map(
                \.path))
        let status = try await project.git.inWorktree(worktree.path).status()
        let touched = (status.staged + status.changed + status.conflicts + status.untracked).filter(moving.contains)
        guard touched.isEmpty else { throw GitError.wouldOverwrite(touched, at: worktree.path) }
    }

    private func move(_ target: BranchName, from old: ObjectID, to new: ObjectID) async throws {
        if let worktree = try await project.git.worktree(of: target) {
            try await project.git.inWorktree(worktree.path).fastForward(target, from: old, to: new)
        } else {
            try await project.git.updateReferences(
                [ReferenceChange(target.reference, from: old, to: new)], message: "headgate merge")
        }
    }

    func finish(_ landing: LandingRecord, _ journal: Journal) async throws {
        let book = VerdictBook(project: project)
        try await journal.step(Step.readBack) {
            let repository = try await project.repository()
            let found = try await repository.tip(of: landing.branch)
            guard let found, try await repository.isAncestor(landing.commit, of: found),
                try await repository.tree(of: landing.commit) == landing.tree
            else {
                throw LandingError.readBackDiffers(landing.branch, expected: landing.commit, found: found)
            }
        }
        try await journal.step(Step.audit) { try await book.publish(landing) }
        try await journal.step(Step.note) { try await note(landing) }
        try await journal.step(Step.landing) {
            try project.store.inOneTransaction {
                if try !project.store.landings(of: landing.commit).contains(where: { $0.branch == landing.branch }) {
                    try book.record(landing)
                }
                _ = try project.store.use(permit(landing), at: project.host.time.now())
            }
        }
        try journal.finish()
    }

    func permit(_ landing: LandingRecord) -> Permit {
        Permit(
            reference: landing.branch.reference, from: landing.from ?? landing.commit, to: landing.commit)
    }

    /// What `git log --notes=headgate` shows under the commit.
    private func note(_ landing: LandingRecord) async throws {
        let repository = try await project.repository()
        if try await repository.note(on: landing.commit)?.contains(landing.verdict?.hex ?? "landed") == true { return }
        var lines = ["\(landing.kind.rawValue) on \(landing.branch) by \(landing.who), \(landing.when.rfc3339)"]
        if let key = landing.verdict, let verdict = try project.store.verdict(key: key) {
            let passed = verdict.tests.count { $0.outcome == .passed }
            let failed = verdict.tests.filter { $0.outcome == .failed }
            lines.append("verdict \(verdict.outcome.rawValue), key \(key.hex)")
            lines.append("tree \(landing.tree.hex), tested as run \(verdict.run)")
            lines.append(
                "\(counted(verdict.steps.count, "step")), \(counted(verdict.tests.count, "test")), \(passed) passed")
            lines += failed.map { test in
                "\(test.severity.rawValue) \(test.id)"
                    + (test.value.map { ": \(Int(exactly: $0).map(String.init) ?? String($0))" } ?? "")
            }
        }
        if let reason = landing.reason { lines.append("reason: \(reason)") }
        let identity = try await repository.commit(landing.commit).committer
        try await project.git.appendNote(
            lines.joined(separator: "\n") + "\n", on: landing.commit, by: identity, at: landing.when, in: repository)
    }

    /// A candidate built on a target that its upstream has left behind would diverge from it, unless the branch brings
    /// what the upstream has.
    private func requireUpToDateWithUpstream(
        _ target: BranchName, _ tip: ObjectID, _ source: ObjectID, _ events: @Sendable (RunEvent) -> Void
    ) async throws {
        let repository = try await project.repository()
        guard let known = try await repository.upstream(of: target) else { return }
        if known.remote != "." {
            do {
                try await project.git.fetch(known.remote, timeLimit: TimeSpan(seconds: 60))
            } catch let error as any DiagnosableError {
                events(
                    .note(
                        "could not fetch from \(known.remote), going on with what is known: \(error.diagnosis.problem)")
                )
            }
        }
        guard let upstream = try await repository.upstream(of: target), let there = upstream.tip else { return }
        let divergence = try await repository.aheadBehind(tip, there)
        guard divergence.behind > 0, try await !repository.isAncestor(there, of: source) else { return }
        throw LandingError.behindUpstream(
            target: target, divergence: divergence, upstream: upstream.trackingReference ?? upstream.remoteReference)
    }
}
