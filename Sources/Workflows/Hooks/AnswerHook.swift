import Gate
import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Answers a hook that Git called: notes a checkout, or decides whether a protected reference may move.
///
/// Never runs a pipeline, a command of the configuration or recovery, and never waits for a lock.
public struct AnswerHook: Sendable {
    /// What to tell the person, and whether Git must stop.
    public struct Answer: Sendable {
        public var messages: [String] = []
        public var refusals: [Diagnosis] = []

        public var isRefused: Bool { !refusals.isEmpty }
    }

    let host: Host

    public init(_ host: Host) {
        self.host = host
    }

    /// - Parameters:
    ///   - directory: the working directory Git called the hook in.
    ///   - name: Git's name for the hook; one that is not ours has nothing to answer.
    ///   - input: what Git wrote to standard input.
    public func callAsFunction(
        _ name: String, arguments: [String], input: [UInt8], at directory: FilePath
    ) async throws -> Answer {
        guard let name = HookName(rawValue: name) else { return Answer() }
        let layout = try layout(directory)
        switch name {
        case .referenceTransaction:
            guard arguments.first == "prepared" else { return Answer() }
            return try await referenceTransaction(ReferenceUpdate.parse(input), layout)
        case .preMergeCommit: return try mergeCommit(layout)
        case .prePush: return try await push(PushLine.parse(input), layout)
        case .postCheckout: return postCheckout(arguments, layout)
        case .postMerge, .postRewrite, .preReceive: return Answer()
        }
    }

    private func layout(_ directory: FilePath) throws -> RepositoryLayout {
        guard let given = host.variables["GIT_DIR"] else { return try RepositoryLayout.find(from: directory) }
        return try RepositoryLayout.given(
            gitDirectory: directory.pushing(FilePath(given)),
            workTree: directory.pushing(FilePath(host.variables["GIT_WORK_TREE"] ?? ".")))
    }

    private func store(_ layout: RepositoryLayout) throws -> StateStore? {
        try StateStore.existing(
            at: layout.headgateDirectory.appending("state.sqlite"), busyTimeout: TimeSpan(seconds: 0.2))
    }

    // MARK: The guard rail

    private func referenceTransaction(_ updates: [ReferenceUpdate], _ layout: RepositoryLayout) async throws -> Answer {
        let patterns = try ProtectedPatterns.load(layout)
        let guarded = updates.filter { patterns.matches($0.reference) }
        guard !guarded.isEmpty else { return Answer() }
        let store = try store(layout)
        var answer = Answer()
        let repository = try Repository(opening: layout)
        for update in guarded {
            let facts = try await repository.facts(about: update, protected: patterns)
            let zero = ObjectID(String(repeating: "0", count: layout.format.objectIDLength))!  // Of a valid length.
            let permit = try facts.current.flatMap { current in
                try update.new.object.map { new in
                    try store?.holds(Permit(reference: update.reference, from: current, to: new), at: host.time.now())
                } ?? false
            }
            let movement = ReferenceMovement(
                old: update.old.object ?? zero, new: newValue(update, zero), reference: update.reference,
                current: facts.current, packed: facts.packed, hasPermit: permit ?? false,
                isFastForward: facts.isFastForward, isInUpstream: facts.isInUpstream,
                isInOtherProtectedBranch: facts.containingProtectedBranch != nil,
                protectedBranchExists: facts.anyProtectedBranchExists)
            if case .refuse(let refusal) = decide(movement) {
                answer.refusals.append(explain(refusal, facts, layout))
            }
        }
        return try observed(answer, layout)
    }

    private func newValue(_ update: ReferenceUpdate, _ zero: ObjectID) -> ObjectID? {
        switch update.new {
        case .none: zero
        case .object(let id): id
        case .symbolic: nil
        }
    }

    /// Where the policy only observes, a refusal becomes a message and is counted.
    private func observed(_ answer: Answer, _ layout: RepositoryLayout) throws -> Answer {
        guard answer.isRefused, let workTree = layout.workTree, isObserving(workTree) else { return answer }
        return Answer(
            messages: answer.refusals.map { "headgate would have refused: \($0.problem)" }, refusals: [])
    }

    private func isObserving(_ workTree: FilePath) -> Bool {
        // A configuration that cannot be read must not open the gate.
        guard let project = try? Project.openWithoutRecovery(at: workTree, host: host),
            let loaded = try? project.configuration(in: workTree)
        else { return false }
        return loaded.configuration.gate.mode == .observe
    }

    private func explain(
        _ refusal: ReferenceDecision.Refusal, _ facts: ReferenceUpdateFacts, _ layout: RepositoryLayout
    ) -> Diagnosis {
        let name = BranchName(reference: facts.update.reference)?.rawValue ?? facts.update.reference
        switch refusal {
        case .deletion:
            return Diagnosis(
                problem: "`\(name)` is protected and cannot be deleted",
                remedy: "take it out of `environments:` in headgate.yaml first, through the gate")
        case .symbolic:
            return Diagnosis(problem: "`\(name)` is protected and cannot become a symbolic reference")
        case .creation:
            return Diagnosis(
                problem: "`\(name)` is protected and cannot be created here",
                reason: "its commit is in no protected branch and not in its upstream",
                remedy: movedAway(facts, name) ?? "create it at a commit of a protected branch")
        case .movement:
            return Diagnosis(
                problem: "`\(name)` is protected: only `headgate merge` moves it",
                reason: "what lands must have been tested",
                remedy: remedy(facts, name, layout))
        }
    }

    /// The command to use instead, and the one that puts right what Git leaves behind after a veto.
    private func remedy(_ facts: ReferenceUpdateFacts, _ name: String, _ layout: RepositoryLayout) -> String {
        switch facts.operation {
        case .rebase: return "`git rebase --abort`, then work on a branch and `headgate merge <branch>`"
        case .merge: return "`git merge --abort`, then `headgate merge <branch>`"
        case .cherryPick: return "`git cherry-pick --abort`, then pick it on a branch and `headgate merge <branch>`"
        case .revert: return "`git revert --abort`, then revert it on a branch and `headgate merge <branch>`"
        case .bisect, .applyMailbox, nil: break
        }
        let target = name == "main" || name == "master" ? "" : " --into \(shellWord(name))"
        if facts.isFastForward, let new = facts.update.new.object, let current = facts.current {
            let isOrdinaryCommit = host.variables["GIT_REFLOG_ACTION"]?.hasPrefix("merge") != true
            if isOrdinaryCommit {
                return """
                    after `git commit`: `git switch -c <branch>` keeps your changes, commit there, then `headgate merge <branch>\(target)`
                    after `git merge` (fast-forward): `git reset --merge \(current.short)` puts index and files back, then `headgate merge <branch>\(target)`
                    """
            }
            return "`git reset --merge \(current.short)` puts index and files back from \(new.short), then `headgate merge <branch>\(target)`"
        }
        return """
            make the change on a branch and `headgate merge <branch>\(target)`
            after `git reset`: `git reset --merge ORIG_HEAD` puts index and files back
            """
    }

    private func movedAway(_ facts: ReferenceUpdateFacts, _ name: String) -> String? {
        guard let object = facts.update.new.object else { return nil }
        return "if it was renamed: `git branch \(shellWord(name)) \(object.short)`"
    }

    // MARK: The others

    private func mergeCommit(_ layout: RepositoryLayout) throws -> Answer {
        guard let branch = try layout.head().branch, try ProtectedPatterns.load(layout).matches(branch) else {
            return Answer()
        }
        return try observed(
            Answer(refusals: [
                Diagnosis(
                    problem: "`\(branch)` is protected: only `headgate merge` merges into it",
                    reason: "what lands must have been tested",
                    remedy: "`git merge --abort`, then `headgate merge <branch>`")
            ]), layout)
    }

    private func push(_ lines: [PushLine], _ layout: RepositoryLayout) async throws -> Answer {
        let patterns = try ProtectedPatterns.load(layout)
        let guarded = lines.filter { patterns.matches($0.remoteReference) }
        guard !guarded.isEmpty else { return Answer() }
        let project = try Project.openWithoutRecovery(at: layout.workTree ?? layout.commonDirectory, host: host)
        let repository = try await project.repository()
        let book = VerdictBook(project: project)
        var answer = Answer()
        for line in guarded {
            let name = BranchName(reference: line.remoteReference)?.rawValue ?? line.remoteReference
            guard let object = line.localObject else {
                answer.refusals.append(Diagnosis(problem: "`\(name)` is protected and cannot be deleted at the remote"))
                continue
            }
            if object == line.remoteObject { continue }
            let tree = try await repository.tree(of: object)
            let isLanded = try project.store.landings(of: object).isEmpty == false
            if isLanded { continue }
            if try await book.hasPassing(tree: tree) { continue }
            if try await isBootstrap(object, project) { continue }
            answer.refusals.append(
                Diagnosis(
                    problem: "cannot push \(object.short) to the protected `\(name)`",
                    reason: "it did not pass the gate", remedy: "`headgate merge <branch>` lands it; then push again"))
        }
        return try observed(answer, layout)
    }

    /// The commits up to and including the first that has a `headgate.yaml` were never the gate's.
    private func isBootstrap(_ commit: ObjectID, _ project: Project) async throws -> Bool {
        let parents = try await project.repository().commit(commit).parents
        guard let parent = parents.first else { return true }
        return try await project.configurationExists(at: parent) == false
    }

    /// One line, and at most a row; whatever happens, the checkout stands.
    private func postCheckout(_ arguments: [String], _ layout: RepositoryLayout) -> Answer {
        guard arguments.count > 2, arguments[2] == "1", host.variables["CI"] == nil, let workTree = layout.workTree,
            FileSystem.exists(workTree.appending(Project.configurationFile)),
            !["rebase-merge", "rebase-apply", "BISECT_LOG"].contains(where: {
                FileSystem.exists(layout.gitDirectory.appending($0))
            }),
            // A reporting hook never stops Git: what is wrong here is found by the next command.
            let project = try? Project.openWithoutRecovery(at: workTree, host: host), let branch = project.head.branch,
            let known = try? project.store.environments().first(where: { $0.branch == branch })?.state ?? .ready,
            known == .ready || known == .parked,
            let environment = try? project.attach(branch, to: project.workTree), environment.pins.isEmpty
        else { return Answer() }
        return Answer(messages: ["headgate: `\(branch)` has an environment; its data is pinned at the first run"])
    }
}
