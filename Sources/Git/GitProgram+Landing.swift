import HostSystem
import Model
import SystemPackage

extension GitProgram {
    /// Moves the branch that is checked out here from `old` forward to `new`, files included, on the disk when it
    /// returns; hooks run. Ignored and untracked files in the way are not overwritten.
    ///
    /// When a hook vetoes, index and files are put back.
    ///
    /// - Throws: `GitError.referenceMoved` when the branch is not at `old`, or not checked out here any more,
    ///   `.wouldOverwrite`, `.vetoedByHook`, `.operationInProgress`, `.locked`.
    public func fastForward(_ branch: BranchName, from old: ObjectID, to new: ObjectID) async throws {
        let top = layout.workTree ?? layout.gitDirectory
        if let operation = layout.operationInProgress(), operation != .bisect {
            throw GitError.operationInProgress(operation, at: top)
        }
        try requireHead(branch, at: old)
        let arguments = [
            "merge", "--quiet", "--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-verify-signatures",
            "--no-stat", new.hex,
        ]
        do {
            let result = try await run(arguments, settings: ["core.fsync=all", "submodule.recurse=false"])
            try explained(arguments, result)
        } catch let error {
            try requireHead(branch, at: old)
            // The files may be at `new` by now although the branch is not: Git checks out before it asks the hook and
            // before it locks the branch. Where they would be written over, it has touched none.
            if case GitError.wouldOverwrite = error { throw error }
            try await putFilesBack(from: new, to: old)
            throw error
        }
        try requireHead(branch, at: new)
    }

    /// Puts index and files back to `old` where a fast-forward to `new` got no further than them: vetoed by a hook, or
    /// killed. Changes in files that are the same in both commits stay, staged or not; nothing to do is fine.
    ///
    /// `git reset --merge` would do it too, but it drops what is staged in any file. Source: `git-read-tree(1)`, "Two
    /// Tree Merge".
    ///
    /// - Throws: `GitError.program`, with nothing changed, when a file in question was changed meanwhile.
    public func putFilesBack(from new: ObjectID, to old: ObjectID) async throws {
        try await refreshIndex()
        try await require(["read-tree", "-m", "-u", new.hex, old.hex], settings: ["submodule.recurse=false"])
    }

    private func requireHead(_ branch: BranchName, at commit: ObjectID) throws {
        let head = try layout.head()
        guard head == .branch(branch, tip: commit) else {
            throw GitError.referenceMoved(
                branch.reference, expected: commit, found: try layout.resolve(reference: branch.reference))
        }
    }
}
