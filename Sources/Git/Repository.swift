import CLibgit2
import HostSystem
import Model
import SystemPackage

/// One open repository, read through libgit2. All calls run here, one at a time, on a queue of their own.
///
/// It writes objects and changes nothing else; working trees and references are changed by `GitProgram`. What `git` itself changes meanwhile is seen by the next call.
public actor Repository {
    public nonisolated let layout: RepositoryLayout
    let handle: RepositoryHandle
    /// What the commits that were looked at change, so that none is compared twice; see `patch(of:)`.
    var patches: [ObjectID: ObjectID] = [:]
    private let executor: QueueExecutor

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opens the repository that was found.
    ///
    /// - Parameter quarantine: further object directories, as Git names them to `pre-receive` for what was pushed and is
    ///   not accepted yet (`GIT_OBJECT_DIRECTORY`).
    /// - Throws: `GitError.unsupportedExtension`, `.dubiousOwnership`, `.library`.
    public init(opening layout: RepositoryLayout, quarantine: [FilePath] = []) throws(GitError) {
        self.layout = layout
        handle = try RepositoryHandle(opening: layout, quarantine: quarantine)
        executor = QueueExecutor(label: "git")
    }

    public nonisolated var commonDirectory: FilePath { layout.commonDirectory }
    public nonisolated var gitDirectory: FilePath { layout.gitDirectory }

    /// Whether history ends early because the clone is shallow.
    public nonisolated var isShallow: Bool { FileSystem.exists(commonDirectory.appending("shallow")) }

    /// Turns "not found" about `id` into the error that names it.
    func missing(_ id: ObjectID, _ code: Int32, _ call: String) throws(GitError) {
        if code == GIT_ENOTFOUND.rawValue { throw .missingObject(id, isShallow: isShallow) }
        try check(code, call)
    }

    func commitHandle(_ id: ObjectID) throws(GitError) -> Handle {
        var binary = try id.binary()
        var commit: OpaquePointer?
        try missing(id, git_commit_lookup(&commit, handle.pointer, &binary), "git_commit_lookup")
        return Handle(commit, free: git_commit_free)
    }

    func treeHandle(_ id: ObjectID) throws(GitError) -> Handle {
        var binary = try id.binary()
        var tree: OpaquePointer?
        try missing(id, git_tree_lookup(&tree, handle.pointer, &binary), "git_tree_lookup")
        return Handle(tree, free: git_tree_free)
    }
}
