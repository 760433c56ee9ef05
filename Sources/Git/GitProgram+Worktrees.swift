import HostSystem
import Model
import SystemPackage

/// The list of worktrees. Every change holds one lock for the whole repository, because Git itself does not: concurrent
/// `git worktree add` and `prune` corrupt each other's entries. `git worktree prune` is never run: it would drop the
/// entries of workspaces on disks that are not mounted just now.
extension GitProgram {
    /// Returns all worktrees, the main one first.
    public func worktrees() async throws -> [Worktree] {
        let arguments = ["worktree", "list", "--porcelain", "-z"]
        // Git stops at an entry that another process is just making or removing; a moment later it is whole, or gone.
        for _ in 0..<5 {
            let result = try await run(arguments)
            if result.succeeded { return Worktree.list(parsing: result.output) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return Worktree.list(parsing: try await require(arguments).output)
    }

    /// Returns where a branch is checked out, or `nil`.
    public func worktree(of branch: BranchName) async throws -> Worktree? {
        try await worktrees().first { $0.branch == branch }
    }

    /// Adds a worktree without any file in it yet; `populate()` there checks the files out.
    ///
    /// - Throws: `GitError.destinationExists`, `.noSuchBranch`, `.branchCheckedOut`, and
    ///   `HostError.locked` when another headgate changes the list for longer than a minute.
    public func addWorktree(at path: FilePath, _ start: WorktreeStart) async throws -> GitProgram {
        let lock = try await lockWorktrees()
        defer { lock.release() }
        guard !FileSystem.exists(path) else { throw GitError.destinationExists(path) }
        try FileSystem.makeDirectories(path.removingLastComponent())
        let options: [String] =
            switch start {
            case .branch(let branch): ["--", path.string, branch.rawValue]
            case .detached(let commit): ["--detach", "--", path.string, commit.hex]
            }
        let arguments = ["worktree", "add", "--quiet", "--no-checkout", "--no-guess-remote"] + options
        let result = try await run(arguments)
        guard result.succeeded else {
            try await requirePossible(start)
            throw GitError.program(GitProgramFailure(arguments, result))
        }
        return try inWorktree(path)
    }

    /// Removes Git's record of the worktree whose directory is, or was, at `path`; the directory is not looked at.
    ///
    /// None there is fine.
    public func removeWorktreeEntry(at path: FilePath) async throws {
        let lock = try await lockWorktrees()
        defer { lock.release() }
        guard let entry = try worktreeEntry(for: path) else { return }
        try FileSystem.removeTree(entry, within: layout.worktreeEntries)
        try? FileSystem.removeDirectory(layout.worktreeEntries)  // It stays while others are in it.
    }

    /// The repository as a worktree sees it whose directory is not there: on a disk that is not mounted, moved, or
    /// deleted. `nil` where Git has no record of one at `path`.
    public func atMissingWorktree(_ path: FilePath) throws -> GitProgram? {
        guard let entry = try worktreeEntry(for: path) else { return nil }
        let layout = RepositoryLayout(
            gitDirectory: entry, commonDirectory: layout.commonDirectory, workTree: nil, format: layout.format)
        return GitProgram(layout, runner: runner, variables: variables, program: program)
    }

    func lockWorktrees() async throws -> HeldLock {
        try FileSystem.makeDirectories(layout.worktreesLock.removingLastComponent(), mode: 0o700)
        return try await HeldLock(at: layout.worktreesLock, mode: .exclusive, wait: .upTo(TimeSpan(seconds: 60)))
    }

    /// The administrative directory of the worktree at `path`, or `nil`.
    func worktreeEntry(for path: FilePath) throws -> FilePath? {
        guard FileSystem.isDirectory(layout.worktreeEntries) else { return nil }
        for name in try FileSystem.list(layout.worktreeEntries) {
            let entry = layout.worktreeEntries.appending(name)
            guard let text = try textIfPresent(entry.appending("gitdir")) else { continue }
            let recorded = entry.pushing(FilePath(trimmedEnd(text[...]))).lexicallyNormalized()
            if recorded.removingLastComponent() == path { return entry }
        }
        return nil
    }

    /// Throws the situation in which Git refuses to add a worktree.
    private func requirePossible(_ start: WorktreeStart) async throws {
        switch start {
        case .detached: return
        case .branch(let branch):
            guard try await reference(branch.reference) != nil else { throw GitError.noSuchBranch(branch) }
            if let other = try await worktree(of: branch) {
                throw GitError.branchCheckedOut(branch, at: other.path)
            }
        }
    }
}

extension RepositoryLayout {
    /// Where Git keeps one administrative directory for each linked worktree.
    var worktreeEntries: FilePath { commonDirectory.appending("worktrees") }
}
