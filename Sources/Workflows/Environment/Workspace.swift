import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// An environment together with its working tree and configuration: what run, test and exec work in.
public struct Workspace: Sendable {
    public let project: Project
    public var environment: BranchEnvironment
    /// The working tree, absolute.
    public let root: FilePath
    public let loaded: LoadedConfiguration
    public let git: GitProgram

    public var configuration: ProjectConfiguration { loaded.configuration }
}

extension Project {
    /// Opens the environment of `branch`, or of the branch checked out where the command was called; one that has none
    /// yet is attached to the working tree it is checked out in.
    ///
    /// - Throws: `ProjectError.detachedHead`, `EnvironmentError.noWorkspace`, whatever is wrong with the configuration.
    public func openWorkspace(of branch: BranchName? = nil) async throws -> Workspace {
        guard let branch, branch != head.branch else {
            return try await openWorkspace(of: requireBranch(), at: workTree)
        }
        guard try layout.resolve(reference: branch.reference) != nil else { throw GitError.noSuchBranch(branch) }
        guard let place = try await workspace(of: branch) else { throw EnvironmentError.noWorkspace(branch) }
        return try await openWorkspace(of: branch, at: place)
    }

    /// Where a branch is checked out: where its environment is, or where Git says; `nil` when it is nowhere.
    ///
    /// - Throws: `EnvironmentError.missingWorkspace` for a place that is gone.
    func workspace(of branch: BranchName) async throws -> FilePath? {
        var known = try store.environment(for: branch)
        if let there = known, try park(there) { known = try store.environment(for: branch) }
        if let known, known.state == .creating || known.state == .removing {
            throw EnvironmentError.underWay(branch, known.state)
        }
        if let known, known.state == .ready, let path = known.workspace, FileSystem.isDirectory(FilePath(path)) {
            return FilePath(path)
        }
        // One that was moved by hand is found once Git knows.
        if let worktree = try await git.worktree(of: branch), FileSystem.isDirectory(worktree.path) {
            return worktree.path
        }
        if let known, known.state == .ready, let path = known.workspace {
            throw EnvironmentError.missingWorkspace(branch, at: FilePath(path))
        }
        return nil
    }

    private func openWorkspace(of branch: BranchName, at root: FilePath) async throws -> Workspace {
        let loaded = try configuration(in: root)
        let environment = try attach(branch, to: root)
        return Workspace(
            project: self, environment: environment, root: root, loaded: loaded,
            git: root == workTree ? git : try git.inWorktree(root))
    }

    /// Lets environments follow branches that were renamed, and a main working tree that was moved, wherever that was
    /// done.
    func followMoves() async throws {
        for environment in try store.environments() where environment.state == .ready || environment.state == .parked {
            let branch = environment.branch
            if environment.kind == .main, environment.state == .ready, let main = layout.mainWorkTree,
                environment.workspace != main.string
            {
                try store.update(branch) { $0.workspace = main.string }
            }
            _ = try park(environment)
            guard try layout.resolve(reference: branch.reference) == nil,
                let renamed = try layout.branchRenamed(from: branch), try store.environment(for: renamed) == nil
            else { continue }
            try store.rename(branch, to: renamed)
        }
        try await followWorktrees()
    }

    /// Lets environments follow workspaces that Git knows to have moved.
    private func followWorktrees() async throws {
        let lost = try store.environments().filter { environment in
            environment.state == .ready && environment.workspace.map { !FileSystem.isDirectory(FilePath($0)) } ?? false
        }
        if lost.isEmpty { return }
        let worktrees = try await git.worktrees()
        for environment in lost {
            guard let moved = worktrees.first(where: { $0.branch == environment.branch }),
                FileSystem.isDirectory(moved.path)
            else { continue }
            _ = try attach(environment.branch, to: moved.path)
        }
    }

    /// Parks the environment of a working tree that the user made, in which another branch was checked out since.
    ///
    /// - Returns: whether it was.
    private func park(_ environment: BranchEnvironment) throws -> Bool {
        guard environment.kind != .linked, environment.state == .ready,
            let place = environment.workspace.map({ FilePath($0) }), FileSystem.isDirectory(place),
            // A tree that is no repository any more is told where it is used.
            let found = try? RepositoryLayout.find(from: place), found.commonDirectory == layout.commonDirectory,
            let branch = try found.head().branch, branch != environment.branch,
            try layout.branchRenamed(from: environment.branch) != branch
        else { return false }
        let there = try store.environment(for: branch)
        if let there, there.state != .ready && there.state != .parked { return false }
        _ = try attach(branch, to: place)
        return true
    }

    /// A worktree that was made for the branch is known by its place, should the records of it be lost.
    private func workspaceKind(of branch: BranchName, at root: FilePath) throws -> WorkspaceKind {
        if root == layout.mainWorkTree { return .main }
        let marker = root.pushing(EnvironmentVariables.file)
        guard FileSystem.exists(marker) else { return .user }
        return try workspacesRoot(configuration(in: root).configuration).appending(branch.slug) == root
            ? .linked : .user
    }

    /// Returns the environment of a branch that is checked out at `root`, and binds the two where they are not yet.
    ///
    /// The main working tree, and a worktree that the user made, have one environment at a time: the one that was there
    /// before is parked. An environment follows the renaming of its branch.
    func attach(_ branch: BranchName, to root: FilePath) throws -> BranchEnvironment {
        if let known = try store.environment(for: branch), known.state == .ready, known.workspace == root.string {
            return known
        }
        let kind = try workspaceKind(of: branch, at: root)
        return try store.inOneTransaction {
            if let there = try store.environment(workspace: root.string), there.branch != branch {
                let isGone = try layout.resolve(reference: there.branch.reference) == nil
                if try isGone && layout.branchRenamed(from: there.branch) == branch
                    && store.environment(for: branch) == nil
                {
                    try store.rename(there.branch, to: branch)
                    return try store.requireEnvironment(for: branch)
                }
                try store.update(there.branch) {
                    $0.state = .parked
                    $0.workspace = nil
                }
            }
            if let known = try store.environment(for: branch) {
                guard known.state == .ready || known.state == .parked else {
                    throw EnvironmentError.underWay(branch, known.state)
                }
                return try store.update(branch) {
                    $0.state = .ready
                    $0.workspace = root.string
                    if $0.kind != .linked || kind == .main { $0.kind = kind }
                }
            }
            let now = host.time.now()
            try store.insert(
                BranchEnvironment(
                    branch: branch, slug: branch.slug, state: .creating, kind: kind, workspace: root.string,
                    created: now,
                    used: now, createdAt: try layout.resolve(reference: branch.reference)))
            return try store.update(branch) { $0.state = .ready }
        }
    }
}
