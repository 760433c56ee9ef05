import CLibgit2
import Model

/// What commits change, told apart by the change alone. Source: `git-patch-id(1)`.
extension Repository {
    /// Returns the commit on `target`, newer than `fork`, with which everything was there that `tip` changed since `fork`:
    /// one commit with the same change (a squash made elsewhere), or the last of several (a rebase); `nil` when there is
    /// none among the newest.
    ///
    /// - Parameter limit: how many commits of `target` are looked at.
    public func commitApplying(
        changesSince fork: ObjectID, of tip: ObjectID, on target: ObjectID, limit: Int = 500
    ) throws(GitError) -> ObjectID? {
        guard let whole = try patch(from: tree(of: fork), to: tree(of: tip)) else { return nil }
        var applied: [ObjectID: ObjectID] = [:]
        for commit in try commits(reachableFrom: target, notFrom: [fork], limit: limit) {
            guard let patch = try patch(of: commit) else { continue }
            if patch == whole { return commit }
            if applied[patch] == nil { applied[patch] = commit }
        }
        var newest: ObjectID?
        for commit in try commits(reachableFrom: tip, notFrom: [fork]) {
            guard let patch = try patch(of: commit) else { continue }
            guard let found = applied[patch] else { return nil }
            newest = newest ?? found
        }
        return newest
    }

    /// What a commit changes; `nil` for a merge and for one that changes nothing.
    private func patch(of commit: ObjectID) throws(GitError) -> ObjectID? {
        if let known = patches[commit] { return known }
        let parents = try self.commit(commit).parents
        guard parents.count == 1, let parent = parents.first,
            let patch = try patch(from: tree(of: parent), to: tree(of: commit))
        else { return nil }
        patches[commit] = patch
        return patch
    }

    /// The hash of what differs between two trees, without line numbers and white space; `nil` where nothing does.
    private func patch(from old: ObjectID, to new: ObjectID) throws(GitError) -> ObjectID? {
        if old == new { return nil }
        let before = try treeHandle(old)
        let after = try treeHandle(new)
        var pointer: OpaquePointer?
        try check(
            git_diff_tree_to_tree(&pointer, handle.pointer, before.pointer, after.pointer, nil), "git_diff_tree_to_tree"
        )
        let difference = Handle(pointer, free: git_diff_free)
        var patch = git_oid()
        try check(git_diff_patchid(&patch, difference.pointer, nil), "git_diff_patchid")
        return ObjectID(patch)
    }
}
