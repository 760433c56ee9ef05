import Git
import Model
import Persistence

/// Whether, and since when, a branch is part of a protected one.
struct MergedBranch {
    let project: Project

    /// Returns when the branch was merged, or `nil` when it is not, or has no commit of its own.
    ///
    /// Merged: its tip is an ancestor of a protected branch, or was landed, or has the tree of a commit on a protected
    /// branch since the fork, or its changes are there as commits of other names: squashed or rebased.
    func since(
        _ environment: BranchEnvironment, tip: ObjectID, _ configuration: ProjectConfiguration
    ) async throws -> Timestamp? {
        guard environment.createdAt != tip else { return nil }
        let repository = try await project.repository()
        for verdictTarget in try await repository.branches()
        where configuration.isProtected(verdictTarget.name) && verdictTarget.name != environment.branch {
            if try await repository.isAncestor(tip, of: verdictTarget.tip) {
                return try await moment(environment, landedOn: verdictTarget.name, tip)
            }
            guard let fork = try await repository.mergeBase(tip, verdictTarget.tip), fork != tip else { continue }
            let tree = try await repository.tree(of: tip)
            if tree != (try await repository.tree(of: fork)),
                let commit = try await repository.treeAppearsSince(fork, tip: verdictTarget.tip, tree: tree)
            {
                return try await repository.commit(commit).committed
            }
            if let landing = try landedBySquash(verdictTarget.name, tip) { return landing.when }
            if let commit = try await repository.commitApplying(changesSince: fork, of: tip, on: verdictTarget.tip) {
                return try await repository.commit(commit).committed
            }
        }
        return nil
    }

    private func moment(
        _ environment: BranchEnvironment, landedOn target: BranchName, _ tip: ObjectID
    ) async throws -> Timestamp {
        if let landing = try landedBySquash(target, tip) { return landing.when }
        // Merged elsewhere: the moment it was last used is the latest at which it can have been unmerged here.
        return environment.used
    }

    /// The landing whose verdict names `tip` as the branch's commit.
    private func landedBySquash(_ target: BranchName, _ tip: ObjectID) throws -> LandingRecord? {
        try project.store.landings(on: target).first { landing in
            guard let key = landing.verdict, let verdict = try? project.store.verdict(key: key) else { return false }
            return verdict.branchCommit == tip  // A verdict that does not read says nothing about any branch.
        }
    }
}
