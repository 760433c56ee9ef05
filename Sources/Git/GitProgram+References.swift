import HostSystem
import Model
import SystemPackage

/// One reference that a transaction changes.
public struct ReferenceChange: Hashable, Sendable {
    /// The full name.
    public let name: String
    /// The value it must have; `nil`: it must not exist.
    public let old: ObjectID?
    /// The value it gets; `nil` deletes it.
    public let new: ObjectID?

    public init(_ name: String, from old: ObjectID?, to new: ObjectID?) {
        self.name = name
        self.old = old
        self.new = new
    }
}

extension GitProgram {
    /// Changes references all together or not at all, on the disk when it returns.
    ///
    /// - Parameters:
    ///   - message: the line in the reflog.
    ///   - hooks: whether the user's and our own `reference-transaction` hooks are asked.
    /// - Throws: `GitError.referenceMoved`, `.vetoedByHook`, `.locked`.
    public func updateReferences(
        _ changes: [ReferenceChange], message: String, hooks: HookPolicy = .enabled
    ) async throws {
        let zero = String(repeating: "0", count: layout.format.objectIDLength)
        var commands = "start\0"
        for change in changes {
            let old = change.old?.hex ?? zero
            switch change.new {
            case let new?: commands += "update \(change.name)\0\(new.hex)\0\(old)\0"
            case nil: commands += "delete \(change.name)\0\(old)\0"
            }
        }
        commands += "prepare\0commit\0"
        let arguments = ["update-ref", "-m", message, "--stdin", "-z"]
        let result = try await run(arguments, settings: ["core.fsync=all"] + hooks.settings, input: .text(commands))
        if result.succeeded { return }
        if let veto = HookVeto(in: result.errorText) { throw GitError.vetoedByHook(message: veto.message) }
        for change in changes {
            let found = try await reference(change.name)
            if found != change.old { throw GitError.referenceMoved(change.name, expected: change.old, found: found) }
        }
        throw GitError.program(GitProgramFailure(arguments, result))
    }

    /// Returns the object a full reference name leads to, or `nil`; read by Git itself where references are not kept
    /// in files.
    public func reference(_ name: String) async throws -> ObjectID? {
        if layout.keepsReferencesInFiles { return try layout.resolve(reference: name) }
        let result = try await run(["rev-parse", "--verify", "--quiet", "--end-of-options", name])
        return result.succeeded ? ObjectID(trimmedEnd(result.outputText[...])) : nil
    }

    /// Creates a branch; nothing is checked out.
    public func createBranch(_ branch: BranchName, at commit: ObjectID) async throws {
        do {
            try await updateReferences(
                [ReferenceChange(branch.reference, from: nil, to: commit)],
                message: "branch: Created from \(commit.hex)")
        } catch GitError.referenceMoved {
            throw GitError.branchExists(branch)
        }
    }

    /// Makes a branch follow one of a remote, as `git switch` does where it guesses.
    public func follow(_ upstream: RemoteBranch) async throws {
        try await require([
            "branch", "--quiet", "--set-upstream-to=\(upstream.remote)/\(upstream.branch.rawValue)",
            upstream.branch.rawValue,
        ])
    }

    /// Deletes a branch that still points to `tip`, with its configuration.
    ///
    /// - Throws: `GitError.branchCheckedOut`, `.referenceMoved`, `.vetoedByHook`.
    public func deleteBranch(_ branch: BranchName, at tip: ObjectID) async throws {
        if let user = try await worktree(of: branch) { throw GitError.branchCheckedOut(branch, at: user.path) }
        try await updateReferences(
            [ReferenceChange(branch.reference, from: tip, to: nil)], message: "branch: deleted")
        // A status other than 0 says that there was no such section.
        _ = try await run(["config", "--local", "--remove-section", "branch.\(branch.rawValue)"])
    }
}

extension RepositoryLayout {
    /// Returns the branch that `git branch -m` made of `old`, or `nil`: told by the reflog, which moves along.
    ///
    /// Source: `builtin/branch.c`, `copy_or_rename_branch`.
    public func branchRenamed(from old: BranchName) throws -> BranchName? {
        let logs = commonDirectory.appending("logs").appending("refs").appending("heads")
        guard try resolve(reference: old.reference) == nil, FileSystem.isDirectory(logs) else { return nil }
        for entry in try TreeWalk.list(logs) where entry.status.kind == .file {
            guard let branch = BranchName(entry.path.string),
                let log = try textIfPresent(logs.pushing(entry.path)),
                log.contains("Branch: renamed \(old.reference) to \(branch.reference)\n"),
                try resolve(reference: branch.reference) != nil
            else { continue }
            return branch
        }
        return nil
    }
}
