import Git
import Model

/// Where a branch that is not there yet begins.
struct BranchStart: Sendable {
    let commit: ObjectID
    /// The branch of a remote that it follows.
    let upstream: RemoteBranch?

    /// Creates the branch; may be repeated.
    func create(_ branch: BranchName, with git: GitProgram) async throws {
        try await git.createBranch(branch, at: commit)
        if let upstream { try await git.follow(upstream) }
    }
}

extension Project {
    /// Says where `branch` begins; `nil` when it exists.
    ///
    /// A branch that only one remote has begins there and follows it, as with `git switch`.
    ///
    /// - Parameters:
    ///   - written: the commit that the user named.
    ///   - makesBranch: whether it may begin at the caller's HEAD.
    ///   - requiresNew: whether the user asked for a new one, which follows nothing.
    /// - Throws: `EnvironmentError.branchExists`, `.noSuchBranch`, `.severalRemotes`; `GitError.branchInTheWay`.
    func start(
        of branch: BranchName, at written: String?, makesBranch: Bool, requiresNew: Bool
    ) async throws -> BranchStart? {
        if try layout.resolve(reference: branch.reference) != nil {
            guard !requiresNew else { throw EnvironmentError.branchExists(branch) }
            return nil
        }
        let repository = try await repository()
        let upstreams = requiresNew || written != nil ? [] : try await repository.remoteBranches(named: branch)
        if upstreams.count > 1 { throw EnvironmentError.severalRemotes(branch, upstreams.map(\.remote)) }
        guard makesBranch || !upstreams.isEmpty else {
            throw EnvironmentError.noSuchBranch(branch, similar: try await similar(to: branch))
        }
        if let other = try await repository.branch(inTheWayOf: branch) {
            throw GitError.branchInTheWay(other, of: branch)
        }
        if let upstream = upstreams.first { return BranchStart(commit: upstream.tip, upstream: upstream) }
        return BranchStart(commit: try await repository.resolve(commitish: written ?? "HEAD"), upstream: nil)
    }

    private func similar(to branch: BranchName) async throws -> [BranchName] {
        let wanted = branch.rawValue.lowercased()
        return try await repository().branches().map(\.name).filter {
            let name = $0.rawValue.lowercased()
            return name.contains(wanted) || wanted.contains(name) || name.hasSuffix("/" + wanted)
        }.prefix(3).map { $0 }
    }
}
