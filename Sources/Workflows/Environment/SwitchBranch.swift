import Git
import HostSystem
import Model
import SystemPackage

/// Makes sure that a branch has an environment with a workspace, and says where.
public struct SwitchBranch: Sendable {
    /// Where the branch's workspace is.
    public struct Result: Sendable {
        public let path: FilePath
        /// What was created; `nil` when the workspace was there.
        public let created: CreateEnvironment.Created?
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Returns the branch's workspace, which is made where there is none.
    ///
    /// - Parameter request: whether the branch must be new, and where it starts.
    /// - Throws: as `CreateEnvironment`; a branch that is checked out somewhere is gone to, not refused.
    public func callAsFunction(_ request: CreateEnvironment.Request) async throws -> Result {
        try await project.followMoves()
        if !request.requiresNew, let path = try await workspace(of: request.branch) {
            return Result(path: path, created: nil)
        }
        let created = try await CreateEnvironment(project)(request)
        return Result(path: created.workspace, created: created)
    }

    private func workspace(of branch: BranchName) async throws -> FilePath? {
        guard let path = try await project.workspace(of: branch) else { return nil }
        _ = try project.attach(branch, to: path)
        return path
    }

    /// What `here` did.
    public struct Moved: Sendable {
        public let path: FilePath
        /// The steps whose outputs came from the cache.
        public let placed: [String]
        /// Why no outputs were put in place, for people; the switch itself is done.
        public let remark: String?
    }

    /// Switches the caller's working tree to a branch, as `git switch` does, parks the environment that was there, and puts
    /// in place what the cache holds of the branch's outputs.
    ///
    /// - Throws: `GitError.wouldOverwrite` and the like: what Git would refuse.
    public func here(_ branch: BranchName, makesBranch: Bool, start: String?) async throws -> Moved {
        try await Journal.recording("switch", subject: branch.rawValue, in: project) {
            try await move(to: branch, makesBranch: makesBranch, start: start)
        }
        _ = try project.attach(branch, to: project.workTree)
        do {
            // Opened anew, because HEAD is another one now.
            let moved = try await Project.open(at: project.workTree, host: project.host)
            return Moved(path: project.workTree, placed: try await CachedOutputs(project: moved).place(), remark: nil)
        } catch let error as any DiagnosableError {
            let remark = "no outputs were put in place: " + error.diagnosis.problem
            return Moved(path: project.workTree, placed: [], remark: remark)
        }
    }

    private func move(to branch: BranchName, makesBranch: Bool, start: String?) async throws {
        let start = try await project.start(of: branch, at: start, makesBranch: makesBranch, requiresNew: makesBranch)
        guard let start else { return try await project.git.switchTo(branch) }
        try await project.git.switchTo(new: branch, at: start.commit)
        if let upstream = start.upstream { try await project.git.follow(upstream) }
    }
}
