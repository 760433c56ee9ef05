import Model
import SystemPackage

/// What can go wrong with a Git repository, each situation with its remedy.
public enum GitError: DiagnosableError, Hashable {
    case notARepository(FilePath)
    case bareRepository(FilePath)
    case emptyRepository(FilePath)
    /// The repository uses an extension (`extensions.<name>`) that libgit2 does not know.
    case unsupportedExtension(name: String, value: String, at: FilePath)
    case dubiousOwnership(FilePath)
    /// A file of Git's own does not read as it should.
    case malformed(FilePath, String)
    case unknownRevision(String)
    case missingObject(ObjectID, isShallow: Bool)
    case noSuchBranch(BranchName)
    case branchExists(BranchName)
    /// Git keeps branches as files, so that `a` and `a/b` cannot both exist.
    case branchInTheWay(BranchName, of: BranchName)
    case branchCheckedOut(BranchName, at: FilePath)
    /// A reference no longer had the value it was to be changed from; `nil` stands for "does not exist".
    case referenceMoved(String, expected: ObjectID?, found: ObjectID?)
    /// A reference outside `refs/headgate/` was to be changed as if it were ours.
    case notOurReference(String)
    case unrelatedHistories(ObjectID, ObjectID)
    /// An attribute names a merge driver or a filter that no configuration defines.
    case undefinedDriver(kind: DriverKind, name: String, attributes: FilePath)
    /// Git does not know who commits; holds what it says.
    case identityMissing(String)
    case gitMissing
    case gitTooOld(found: String)
    case locked(GitLockFile)
    case worktreeMissing(FilePath)
    case destinationExists(FilePath)
    case operationInProgress(GitOperation, at: FilePath)
    /// A fast-forward in a working tree would overwrite what is there.
    case wouldOverwrite([FilePath], at: FilePath)
    /// A hook refused the change of a reference, and said why.
    case vetoedByHook(message: String)
    /// A line that Git gave to a hook has another shape than Git's manual says.
    case malformedUpdate(String)
    /// `core.hooksPath` is set for all repositories of the user or of the machine.
    case hooksDirectoryShared(FilePath, setBy: String)
    case hooksDirectoryInWorkTree(FilePath, setBy: String?)
    /// A file that was to be changed is not what it was when the change was planned.
    case changedSincePlanned(FilePath)
    case library(GitFailure)
    case program(GitProgramFailure)

    public var exitStatus: ExitStatus {
        switch self {
        case .library, .program, .malformed, .missingObject: .inputOutput
        case .locked, .referenceMoved: .tryAgain
        default: .refused
        }
    }
}

/// What an attribute can name and a configuration must define.
public enum DriverKind: String, Hashable, Sendable {
    case mergeDriver = "merge driver"
    case filter
}
