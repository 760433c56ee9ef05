import Configuration
import Git
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// A repository with a `headgate.yaml`, opened from one of its working trees.
public struct Project: Sendable {
    public let host: Host
    public let layout: RepositoryLayout
    /// The working tree that the command was called in.
    public let workTree: FilePath
    public let head: Head
    public let store: StateStore
    public let git: GitProgram
    private let opened: OpenedRepository

    /// Opens the project that `directory` lies in, and finishes or undoes what a killed command left.
    ///
    /// - Throws: `GitError` for what is no repository, or a bare or empty one; whatever recovery cannot mend.
    public static func open(at directory: FilePath, host: Host) async throws -> Project {
        let layout = try RepositoryLayout.find(from: directory)
        // Before anything of another user's repository is read or run.
        try await GitProgram(layout, runner: host.runner, variables: host.variables)
            .requireTrusted(userID: CurrentProcess.userID)
        let project: Project
        do {
            project = try openWithoutRecovery(at: directory, host: host)
        } catch GitError.emptyRepository(let workTree) {
            throw try await unbornBranch(in: workTree)
        } catch let error where isAboutRights(error) {
            guard try FileSystem.requireStatus(layout.commonDirectory).owner != CurrentProcess.userID else {
                throw error
            }
            throw ProjectError.notWritable(layout.mainWorkTree ?? layout.commonDirectory)
        }
        try await project.recover()
        return project
    }

    /// Opens the project for `doctor`, which is to say what is wrong even when recovery cannot mend it.
    ///
    /// - Throws: as `open`, but for what keeps recovery from its work.
    public static func openToExamine(at directory: FilePath, host: Host) async throws -> Project {
        do {
            return try await open(at: directory, host: host)
        } catch let error as any DiagnosableError {
            guard !(error is GitError), let project = try? openWithoutRecovery(at: directory, host: host) else {
                throw error
            }
            host.say(error.diagnosis.oneLine)
            return project
        }
    }

    private static func isAboutRights(_ error: any Error) -> Bool {
        if case HostError.failed(_, _, .permissionDenied) = error { return true }
        return (error as? PersistenceError)?.isAboutRights == true
    }

    /// Tells a branch without commits (`git switch --orphan`) from a repository without any.
    private static func unbornBranch(in workTree: FilePath) async throws -> any DiagnosableError {
        let layout = try RepositoryLayout.find(from: workTree)
        guard let branch = try layout.head().branch, try await !Repository(opening: layout).branches().isEmpty else {
            return GitError.emptyRepository(workTree)
        }
        return ProjectError.unbornBranch(branch)
    }

    /// Opens the project as it is, for hooks.
    static func openWithoutRecovery(at directory: FilePath, host: Host) throws -> Project {
        let layout = try RepositoryLayout.find(from: directory)
        guard let workTree = layout.workTree else { throw GitError.bareRepository(layout.commonDirectory) }
        let head = try layout.head()
        if head.isUnborn { throw GitError.emptyRepository(workTree) }
        return try Project(host: host, layout: layout, workTree: workTree, head: head)
    }

    init(host: Host, layout: RepositoryLayout, workTree: FilePath, head: Head) throws {
        self.host = host
        self.layout = layout
        self.workTree = workTree
        self.head = head
        store = try StateStore(opening: layout.headgateDirectory.appending("state.sqlite"))
        var variables = host.variables.filter { !FaultPoints.variables.contains($0.key) }
        variables[Project.processVariable] = Project.processMark(of: try .current())
        git = GitProgram(layout, runner: host.runner, variables: variables)
        opened = OpenedRepository(layout: layout)
    }

    /// Keeps the recorded state open until the program ends, which saves closing it.
    public func stayOpen() { store.stayOpen() }

    /// The repository through libgit2, opened when it is first asked for, because loading it takes longer than most
    /// commands.
    public func repository() async throws -> Repository {
        try await opened.repository()
    }

    /// Marks the children of one Headgate process, so that recovery can wait for those it left behind.
    static let processVariable = "HEADGATE_PROCESS"

    /// Marks the steps of a run that has no sandbox, so that recovery can end those that a killed run left behind.
    static let runVariable = "HEADGATE_RUN"

    static func processMark(of owner: ProcessOwner) -> String {
        "\(owner.process)-\(owner.start)"
    }

    /// The content hashes of files that have not changed since they were read.
    var hashCache: HashCache {
        HashCache(at: layout.headgateDirectory.appending("hashes.sqlite"))
    }

    /// The branch checked out where the command was called.
    ///
    /// - Throws: `ProjectError.detachedHead`.
    public func requireBranch() throws -> BranchName {
        guard let branch = head.branch else { throw ProjectError.detachedHead(workTree) }
        return branch
    }

    /// The directory that holds all linked workspaces and the store: `workspaces:`, or `<repository>.envs` beside the
    /// main working tree.
    public func workspacesRoot(_ configuration: ProjectConfiguration) -> FilePath {
        let main = layout.mainWorkTree ?? layout.commonDirectory
        if let configured = configuration.workspaces {
            return main.pushing(expandingHome(configured)).lexicallyNormalized()
        }
        let name = (main.lastComponent?.string ?? "repository") + ".envs"
        return main.removingLastComponent().appending(name)
    }

    /// A path of the configuration in which a leading `~/` stands for the home directory.
    func expandingHome(_ path: String) -> FilePath {
        path.hasPrefix("~/") ? host.home.appending(String(path.dropFirst(2))) : FilePath(path)
    }

    func lockFile(_ kind: LockKind, _ branch: BranchName) throws -> FilePath {
        let directory = layout.headgateDirectory.appending("locks")
        try FileSystem.makeDirectories(directory, mode: 0o700)
        return directory.appending("\(kind.rawValue)-\(branch.slug)")
    }

    /// What a lock of a branch protects.
    enum LockKind: String {
        case environment, run, target
        /// Putting the environment's data in place for the first time.
        case sources
    }
}

/// Opens libgit2's view of the repository once, on demand.
private actor OpenedRepository {
    private let layout: RepositoryLayout
    private var opened: Repository?

    init(layout: RepositoryLayout) {
        self.layout = layout
    }

    func repository() throws -> Repository {
        if let opened { return opened }
        let repository = try Repository(opening: layout)
        opened = repository
        return repository
    }
}
