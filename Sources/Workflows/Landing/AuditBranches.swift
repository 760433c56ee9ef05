import Gate
import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Walks the protected branches and says of each commit how it got there, going by what Git holds.
///
/// Hooks are not believed. What the state store knows besides can only accuse, but for what an earlier audit found in order,
/// which spares `status` the walk.
public struct AuditBranches: Sendable {
    /// How one commit got onto a branch.
    public struct Finding: Sendable, Hashable {
        public let commit: ObjectID
        public let state: AuditState
        /// The commit of the first-parent line through which it came; `nil` for one on the line itself.
        public let partOf: ObjectID?
    }

    /// What was found on one branch.
    public struct BranchReport: Sendable, Hashable {
        public let branch: BranchName
        public let tip: ObjectID
        /// Commits that were on the branch and are not any more, and that nobody has answered for; the newest of each
        /// line.
        public let lost: [ObjectID]
        /// The newest first.
        public let findings: [Finding]
        /// Commits of the branch whose record was taken out of `refs/headgate/audit/`, as the state store knows.
        public let unrecorded: [ObjectID]

        public var isRewound: Bool { !lost.isEmpty }
    }

    /// What was found on all protected branches.
    public struct Report: Sendable {
        public let branches: [BranchReport]
        /// Whether everything is accounted for.
        public let isClean: Bool
        /// The states that must be answered for, by the policy.
        public let failing: Set<AuditState>
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Audits every protected branch.
    ///
    /// - Parameter trustsMarks: whether a branch that was found in order at its present tip is believed to be so still,
    ///   which saves walking it; what `status` does.
    public func callAsFunction(trustsMarks: Bool = false) async throws -> Report {
        let configuration = try await project.protection(project.configuration(in: project.workTree).configuration)
        let main = try project.mainProtectedBranch(configuration)
        var reports: [BranchReport] = []
        var isClean = true
        for (name, tip) in try await protectedBranches(configuration) {
            let mark = "audited:\(name.reference)"
            if trustsMarks, try project.store.setting(mark) == tip.hex {
                reports.append(BranchReport(branch: name, tip: tip, lost: [], findings: [], unrecorded: []))
                continue
            }
            let branch = Branch(name: name, tip: tip)
            let fork = name == main ? nil : try await forkPoint(of: branch, from: main)
            let report = try await audit(branch, fork: fork)
            let upstream = configuration.gate.upstream
            let isInOrder =
                !report.isRewound && report.unrecorded.isEmpty
                && !report.findings.contains { $0.state.fails(upstream: upstream) }
            let depends = report.findings.contains { $0.state == .upstreamVerified || $0.state == .upstreamUnverified }
            try project.store.set(mark, to: isInOrder && !depends ? tip.hex : nil)
            if isInOrder { try await remember(branch) }
            if !isInOrder { isClean = false }
            reports.append(report)
        }
        let failing = AuditState.allCases.filter { $0.fails(upstream: configuration.gate.upstream) }
        return Report(branches: reports, isClean: isClean, failing: Set(failing))
    }

    /// The protected branches that exist, in the order of the rules; a repository with ten thousand branches is not
    /// listed for the sake of two names.
    private func protectedBranches(_ configuration: ProjectConfiguration) async throws -> [(BranchName, ObjectID)] {
        var found: [(BranchName, ObjectID)] = []
        for rule in configuration.environments where rule.isProtected {
            if rule.match.isPlain {
                guard let name = BranchName(rule.match.text), configuration.isProtected(name),
                    let tip = try project.layout.resolve(reference: name.reference)
                else { continue }
                found.append((name, tip))
            } else {
                for branch in try await project.repository().branches()
                where rule.match.matches(branch.name) && configuration.isProtected(branch.name) {
                    found.append((branch.name, branch.tip))
                }
            }
        }
        var seen: Set<BranchName> = []
        return found.filter { seen.insert($0.0).inserted }
    }

    private func forkPoint(of branch: Branch, from main: BranchName?) async throws -> ObjectID? {
        guard let main, let tip = try project.layout.resolve(reference: main.reference) else { return nil }
        return try await project.repository().mergeBase(branch.tip, tip)
    }

    private func audit(_ branch: Branch, fork: ObjectID?) async throws -> BranchReport {
        let repository = try await project.repository()
        let book = VerdictBook(project: project)
        let landings = try await book.landings(on: branch.name)
        let upstream = try await repository.upstream(of: branch.name)?.tip
        let line = try await line(of: branch, landings)
        let bootstrapEnd = try await endOfBootstrap(line, fork: fork)
        var findings: [Finding] = []
        for (index, commit) in line.enumerated() {
            let isBootstrap = bootstrapEnd.map { index >= $0 } ?? true
            if isBootstrap {
                // Everything before adoption is of one kind; naming each of a long history tells nobody anything.
                findings.append(Finding(commit: commit.id, state: .bootstrap, partOf: nil))
                break
            }
            let isInUpstream: Bool =
                if let upstream { try await repository.isAncestor(commit.id, of: upstream) } else { false }
            let state = classify(
                AuditedCommit(
                    commit: commit.id, tree: commit.tree, record: landings[commit.id],
                    hasVerdictForTree: try await book.hasPassing(tree: commit.tree), isInUpstream: isInUpstream,
                    isBootstrap: false))
            findings.append(Finding(commit: commit.id, state: state, partOf: nil))
        }
        findings = Self.withoutParts(findings, landings)
        return BranchReport(
            branch: branch.name, tip: branch.tip, lost: try await lost(branch, landings, line), findings: findings,
            unrecorded: try await unrecorded(branch, landings))
    }

    /// The commits that the branch stood at, and those that a fast-forward brought along, the newest first.
    ///
    /// By first parents, but for a landing whose first parents do not lead to where the branch stood before: the branch
    /// that was fast-forwarded to had merged it. What stood on the branch follows there.
    private func line(of branch: Branch, _ landings: [ObjectID: LandingRecord]) async throws -> [Commit] {
        let repository = try await project.repository()
        var line: [Commit] = []
        var rest = try await repository.firstParentLog(from: branch.tip)[...]
        var from: ObjectID?
        while let commit = rest.first {
            if let before = from, try await repository.isAncestor(commit.id, of: before) {
                rest = try await repository.firstParentLog(from: before)[...]
                from = nil
                continue
            }
            line.append(rest.removeFirst())
            if let landing = landings[commit.id], landing.kind == .landed || landing.kind == .override,
                let before = landing.from, !rest.contains(where: { $0.id == before }),
                try await repository.hasCommit(before), try await repository.isAncestor(before, of: commit.id)
            {
                from = before
            }
        }
        return line
    }

    /// The commits that are known to have been on the branch, whoever may have deleted their references: those that the
    /// state store saw landing, and the tip that the last audit found in order.
    private func witnessed(_ branch: BranchName) throws -> [ObjectID] {
        let landed = try project.store.landings(on: branch).map(\.commit)
        let tip = try project.store.setting(Self.tipSetting(branch)).flatMap { ObjectID($0) }
        return Array(Set(landed + (tip.map { [$0] } ?? []))).sorted { $0.hex < $1.hex }
    }

    private static func tipSetting(_ branch: BranchName) -> String { "tip:\(branch.reference)" }

    /// What the branch still has without its record; what it has lost besides is told as lost.
    private func unrecorded(_ branch: Branch, _ landings: [ObjectID: LandingRecord]) async throws -> [ObjectID] {
        let repository = try await project.repository()
        var found: [ObjectID] = []
        for commit in try witnessed(branch.name) where landings[commit] == nil {
            if try await repository.hasCommit(commit), try await repository.isAncestor(commit, of: branch.tip) {
                found.append(commit)
            }
        }
        return found
    }

    /// Commits between a verdict's target and its commit (those that a fast-forward brought along) take that commit's
    /// state, as part of it.
    ///
    /// - Parameter findings: the newest first.
    static func withoutParts(_ findings: [Finding], _ landings: [ObjectID: LandingRecord]) -> [Finding] {
        var result: [Finding] = []
        var carrier: (commit: ObjectID, state: AuditState, until: ObjectID)?
        for finding in findings {
            if let open = carrier, finding.commit == open.until { carrier = nil }
            if let open = carrier, finding.state == .ungated {
                result.append(Finding(commit: finding.commit, state: open.state, partOf: open.commit))
                continue
            }
            result.append(finding)
            if let landing = landings[finding.commit], let from = landing.from,
                finding.state == .landed || finding.state == .override
            {
                carrier = (finding.commit, finding.state, from)
            }
        }
        return result
    }

    /// The index of the first commit, the oldest last, whose parent has no `headgate.yaml`: it and all older ones are
    /// bootstrap. For a further protected branch, its fork.
    private func endOfBootstrap(_ line: [Commit], fork: ObjectID?) async throws -> Int? {
        if let fork, let index = line.firstIndex(where: { $0.id == fork }) { return index }
        var low = 0
        var high = line.count - 1
        guard high >= 0, try await project.configurationExists(at: line[high].id) == false else { return max(high, 0) }
        // The file stays once it is there, as a rule: the first commit that has it is found by halving.
        while low < high {
            let middle = (low + high + 1) / 2
            if try await project.configurationExists(at: line[middle].id) { low = middle } else { high = middle - 1 }
        }
        // Where a commit took it away on the way, only looking at each commit finds the first one.
        for index in 0...low where try await !project.configurationExists(at: line[index].id) {
            for (index, commit) in line.enumerated().reversed()
            where try await project.configurationExists(at: commit.id) {
                return index
            }
            return 0  // Nobody has it.
        }
        return low
    }

    /// What the branch has lost of the commits that landed on it, were answered for, or were its tip in an audit that
    /// found it in order; without those that somebody answered for as lost, and their ancestors.
    private func lost(
        _ branch: Branch, _ landings: [ObjectID: LandingRecord], _ line: [Commit]
    ) async throws -> [ObjectID] {
        let repository = try await project.repository()
        let isOnLine = Set(line.map(\.id))
        var missing: [ObjectID] = []
        let known = try Set(landings.keys).union(witnessed(branch.name))
        for commit in known.sorted(by: { $0.hex < $1.hex }) where !isOnLine.contains(commit) {
            guard try await repository.hasCommit(commit), try await !repository.isAncestor(commit, of: branch.tip)
            else {
                continue
            }
            missing.append(commit)
        }
        var open: [ObjectID] = []
        for commit in missing where try await !isAnswered(commit, missing, landings) { open.append(commit) }
        return try await withoutAncestors(of: open, among: open)
    }

    /// Whether somebody answered for a lost commit, or for a later one that was lost with it: what the branch still had
    /// when the answer was given is not part of it.
    private func isAnswered(
        _ commit: ObjectID, _ missing: [ObjectID], _ landings: [ObjectID: LandingRecord]
    ) async throws -> Bool {
        let repository = try await project.repository()
        for other in missing {
            guard let answer = landings[other], answer.kind == .accepted, let kept = answer.from else { continue }
            if commit == other { return true }
            if try await repository.hasCommit(kept), try await repository.isAncestor(commit, of: kept) { continue }
            if try await repository.isAncestor(commit, of: other) { return true }
        }
        return false
    }

    private func withoutAncestors(of newer: [ObjectID], among commits: [ObjectID]) async throws -> [ObjectID] {
        let repository = try await project.repository()
        var rest: [ObjectID] = []
        for commit in commits {
            var isAncestor = false
            for other in newer where other != commit && !isAncestor {
                isAncestor = try await repository.isAncestor(commit, of: other)
            }
            if !isAncestor { rest.append(commit) }
        }
        return rest
    }

    /// Keeps a tip that was found in order where the state store cannot lose it, so that a later audit misses it.
    private func remember(_ branch: Branch) async throws {
        let references = VerdictRefs(try await project.repository(), project.git)
        if try await references.audit(branch: branch.name, commit: branch.tip) == nil {
            try await VerdictBook(project: project).publish(
                LandingRecord(
                    kind: .audited, branch: branch.name, from: nil, commit: branch.tip,
                    tree: try await project.repository().tree(of: branch.tip), verdict: nil, who: project.host.userName,
                    when: project.host.time.now()))
            try project.forgetProtection()
        }
        // Last: where a command was killed before, no reference is missed that was never made.
        try project.store.set(Self.tipSetting(branch.name), to: branch.tip.hex)
    }

    /// Answers for a commit that went round the gate, or for what a branch has lost: who, when and why stay in Git's
    /// references for ever after. Naming the tip of a branch answers for everything that it has lost.
    ///
    /// - Throws: `GitError.unknownRevision`, `AuditError.nothingToAnswerFor`.
    public func accept(_ commitish: String, reason: String) async throws -> [LandingRecord] {
        let repository = try await project.repository()
        let commit = try await repository.resolve(commitish: commitish)
        let configuration = try await project.protection(project.configuration(in: project.workTree).configuration)
        var accepted: [LandingRecord] = []
        for (name, tip) in try await protectedBranches(configuration) {
            let branch = Branch(name: name, tip: tip)
            let landings = try await VerdictBook(project: project).landings(on: name)
            let lost = try await lost(branch, landings, line(of: branch, landings))
            for missing in lost where missing == commit || commit == tip {
                accepted.append(try await answer(for: missing, on: name, lostAt: tip, reason))
            }
            if try await repository.isAncestor(commit, of: tip), try await !cameInOrder(landings[commit]) {
                accepted.append(try await answer(for: commit, on: name, lostAt: nil, reason))
            }
        }
        guard !accepted.isEmpty else { throw AuditError.nothingToAnswerFor(commit) }
        return accepted
    }

    /// The record of a real landing is not written over.
    private func cameInOrder(_ landing: LandingRecord?) async throws -> Bool {
        guard let landing else { return false }
        return switch landing.kind {
        case .override: true
        case .landed: try await VerdictBook(project: project).hasPassing(tree: landing.tree)
        case .accepted, .audited, .bootstrap: false
        }
    }

    /// - Parameter tip: what the branch was at when the commit was missing; `nil` for a commit that is on it.
    private func answer(
        for commit: ObjectID, on branch: BranchName, lostAt tip: ObjectID?, _ reason: String
    ) async throws -> LandingRecord {
        let record = LandingRecord(
            kind: .accepted, branch: branch, from: tip, commit: commit,
            tree: try await project.repository().tree(of: commit), verdict: nil, who: project.host.userName,
            when: project.host.time.now(), reason: reason)
        let book = VerdictBook(project: project)
        try await book.publish(record)
        try book.record(record)
        try project.forgetProtection()
        return record
    }
}

/// What keeps a commit from being answered for.
public enum AuditError: DiagnosableError, Hashable {
    case nothingToAnswerFor(ObjectID)

    public var diagnosis: Diagnosis {
        switch self {
        case .nothingToAnswerFor(let commit):
            Diagnosis(
                problem: "there is nothing to answer for",
                reason: "\(commit.short) is on no protected branch, or came there in order",
                remedy: "`headgate audit` names what went round the gate")
        }
    }

    public var exitStatus: ExitStatus { .refused }
}
