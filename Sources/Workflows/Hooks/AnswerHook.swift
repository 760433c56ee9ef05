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

    /// Returns what to tell the person, and whether Git must stop.
    ///
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
        case .preMergeCommit: return try await mergeCommit(layout)
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
        do {
            return try StateStore.existing(
                at: layout.headgateDirectory.appending("state.sqlite"), busyTimeout: TimeSpan(seconds: 0.2))
        } catch let error as PersistenceError {
            throw ownAge(error)
        }
    }

    /// Not what the person called is too old, but what the hooks call.
    private func ownAge(_ error: PersistenceError) -> any Error {
        guard case .newerVersion = error else { return error }
        return HookError.programOutdated(host.parts.program)
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
                answer.refusals.append(try await explain(refusal, facts, repository, patterns))
            }
        }
        return await observed(answer, guarded.compactMap { BranchName(reference: $0.reference) }, layout)
    }

    private func newValue(_ update: ReferenceUpdate, _ zero: ObjectID) -> ObjectID? {
        switch update.new {
        case .none: zero
        case .object(let id): id
        case .symbolic: nil
        }
    }

    /// Where the branch's own policy only observes, a refusal becomes a message.
    private func observed(_ answer: Answer, _ branches: [BranchName], _ layout: RepositoryLayout) async -> Answer {
        guard answer.isRefused, await areObserved(branches, layout) else { return answer }
        return Answer(
            messages: answer.refusals.map { "headgate would have refused: \($0.problem)" }, refusals: [])
    }

    /// Read from the tips of the branches themselves, so that no branch opens the gate of another.
    private func areObserved(_ branches: [BranchName], _ layout: RepositoryLayout) async -> Bool {
        // What cannot be read must not open the gate.
        guard let project = try? Project.openWithoutRecovery(at: layout.workTree ?? layout.commonDirectory, host: host),
            !branches.isEmpty
        else { return false }
        for branch in branches {
            guard let mode = try? await project.gateMode(of: branch), mode == .observe else { return false }
        }
        return true
    }

    private func explain(
        _ refusal: ReferenceDecision.Refusal, _ facts: ReferenceUpdateFacts, _ repository: Repository,
        _ patterns: ProtectedPatterns
    ) async throws -> Diagnosis {
        var commit: Commit?
        if let new = facts.update.new.object, try await repository.hasCommit(new) {
            commit = try await repository.commit(new)
        }
        let heads = mergedHeads
        let parents: [ObjectID] =
            if let current = facts.current { try await repository.commit(current).parents } else { [] }
        return RefusalWords(
            facts: facts, layout: repository.layout, action: host.variables["GIT_REFLOG_ACTION"] ?? "", commit: commit,
            currentParents: parents,
            branch: try await landable(heads.isEmpty ? [commit?.id].compactMap(\.self) : heads, repository, patterns),
            mergedHeads: heads
        ).diagnosis(of: refusal)
    }

    /// What `git merge` merges: it names each in a variable. Source: `builtin/merge.c`, `GITHEAD_`.
    private var mergedHeads: [ObjectID] {
        host.variables.keys.filter { $0.hasPrefix("GITHEAD_") }.sorted().compactMap {
            ObjectID(String($0.dropFirst(8)))
        }
    }

    /// The branch that is at one of the commits and not protected, where there is just one.
    private func landable(
        _ commits: [ObjectID], _ repository: Repository, _ patterns: ProtectedPatterns
    ) async throws -> BranchName? {
        let found = try await repository.branches().filter { commits.contains($0.tip) && !patterns.matches($0.name) }
        return found.count == 1 ? found[0].name : nil
    }

    // MARK: The others

    private func mergeCommit(_ layout: RepositoryLayout) async throws -> Answer {
        let patterns = try ProtectedPatterns.load(layout)
        guard let branch = try layout.head().branch, patterns.matches(branch) else { return Answer() }
        let repository = try Repository(opening: layout)
        let merged = try await landable(mergedHeads, repository, patterns)
        let land = RefusalWords.landMerged(
            merged, upstream: try await repository.upstream(of: branch), mergedHeads: mergedHeads,
            or: "`headgate merge \(merged.map(quoted) ?? "<branch>")`")
        let refusal = Diagnosis(
            problem: "`\(branch)` is protected: only `headgate merge` merges into it",
            reason: "what lands must have been tested", remedy: "`git merge --abort`, then \(land)")
        return await observed(Answer(refusals: [refusal]), [branch], layout)
    }

    private func push(_ lines: [PushLine], _ layout: RepositoryLayout) async throws -> Answer {
        let patterns = try ProtectedPatterns.load(layout)
        let guarded = lines.filter { patterns.matches($0.remoteReference) }
        guard !guarded.isEmpty else { return Answer() }
        let project: Project
        do {
            project = try Project.openWithoutRecovery(at: layout.workTree ?? layout.commonDirectory, host: host)
        } catch let error as PersistenceError {
            throw ownAge(error)
        }
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
                    reason: "it did not pass the gate",
                    remedy:
                        "`headgate merge \(try await landable([object], repository, patterns).map(quoted) ?? "<branch>")` "
                        + "lands it; then push again"))
        }
        return await observed(answer, guarded.compactMap { BranchName(reference: $0.remoteReference) }, layout)
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
