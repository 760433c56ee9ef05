import Model
import SystemPackage

/// What goes wrong with the recorded state.
public enum PersistenceError: DiagnosableError, Equatable {
    /// The file lies on a network file system, whose locks SQLite cannot trust.
    case networkFileSystem(FilePath)
    /// A later version of Headgate has written the file.
    case newerVersion(FilePath, found: Int, known: Int)
    /// The file is a database of something else.
    case foreign(FilePath)
    /// SQLite, or a record in the file, does not read as it was written.
    case damaged(FilePath, detail: String)
    /// Another process kept the file locked for longer than the busy timeout.
    case busy(FilePath)
    /// The disk, or the user's quota, has no room left.
    case full(FilePath)
    case readOnly(FilePath)
    case cannotOpen(FilePath, detail: String)
    /// SQLite refused for a reason of its own.
    case failed(FilePath, code: Int32, detail: String)
    case noEnvironment(BranchName)
    case environmentExists(BranchName)
    case slugInUse(String, by: BranchName)
    case workspaceInUse(String, by: BranchName)
    case illegalMove(BranchName, from: EnvironmentState, to: EnvironmentState)
    case noOperation(String)
    /// Without a name: none has been made yet.
    case noRun(String)
    case noFreePort(name: String, range: ClosedRange<Int>)
    /// A file of the user's is no SQLite database.
    case notDatabase(FilePath)
    /// A SQLite database of the user's could not be copied.
    case backupFailed(FilePath, detail: String)

    /// Whether the file could not be opened or written for want of rights, as it seems.
    public var isAboutRights: Bool {
        switch self {
        case .readOnly, .cannotOpen: true
        default: false
        }
    }

    public var diagnosis: Diagnosis {
        switch self {
        case .networkFileSystem(let path):
            Diagnosis(
                problem: "cannot keep state in \(path)",
                reason: "it lies on a network file system, where SQLite's locks are not safe",
                remedy: "clone the repository to a local disk, then try again")
        case .newerVersion(let path, let found, let known):
            Diagnosis(
                problem: "cannot read \(path)",
                reason: "a newer Headgate wrote it (format \(found), this one knows \(known))",
                remedy: "update Headgate, then try again")
        case .foreign(let path):
            Diagnosis(
                problem: "cannot read \(path)", reason: "it is not a file of Headgate's",
                remedy: "move it away, then run `headgate doctor`")
        case .damaged(let path, let detail):
            Diagnosis(
                problem: "\(path) is damaged", reason: detail,
                remedy:
                    "move it away, then run `headgate doctor`: what Git knows is recorded anew, and no data is touched")
        case .busy(let path):
            Diagnosis(
                problem: "\(path) is busy", reason: "another command is writing to it",
                remedy: "wait a moment, then try again")
        case .full(let path):
            Diagnosis(
                problem: "cannot write \(path)", reason: "the disk is full, or your quota is used up",
                remedy: "free some space, then run the command again; nothing was lost")
        case .readOnly(let path):
            Diagnosis(
                problem: "cannot write \(path)", reason: "the file, its directory or its file system is read-only",
                remedy: "check who owns it and its mode")
        case .cannotOpen(let path, let detail):
            Diagnosis(
                problem: "cannot open \(path)", reason: detail,
                remedy: "check that its directory exists, who owns it and its mode")
        case .failed(let path, let code, let detail):
            Diagnosis(problem: "cannot use \(path)", reason: "SQLite says: \(detail) (\(code))")
        case .noEnvironment(let branch):
            Diagnosis(
                problem: "`\(branch.rawValue)` has no environment",
                remedy: "run `headgate switch \(shellWord(branch.rawValue))`, or see `headgate env list`")
        case .environmentExists(let branch):
            Diagnosis(
                problem: "`\(branch.rawValue)` has an environment already",
                remedy: "run `headgate switch \(shellWord(branch.rawValue))` to go there")
        case .slugInUse(let slug, let other):
            Diagnosis(
                problem: "cannot create an environment in `\(slug)`",
                reason: "the environment of `\(other.rawValue)` uses that directory",
                remedy: "remove it first: `headgate env remove \(shellWord(other.rawValue))`")
        case .workspaceInUse(let path, let other):
            Diagnosis(problem: "\(path) is the workspace of `\(other.rawValue)`")
        case .illegalMove(let branch, let from, let to):
            Diagnosis(
                problem: "the environment of `\(branch.rawValue)` cannot become \(to.rawValue)",
                reason: "it is \(from.rawValue)", remedy: "run `headgate doctor`, then try again")
        case .noOperation(let id):
            Diagnosis(problem: "no operation `\(id)` is under way", reason: "another command has finished it")
        case .noRun(let id):
            id.isEmpty
                ? Diagnosis(problem: "nothing has run yet", remedy: "run `headgate run`")
                : Diagnosis(problem: "there is no run `\(id)`", remedy: "see `headgate runs`")
        case .noFreePort(let name, let range):
            Diagnosis(
                problem: "no port is free for `\(name)`",
                reason: "all of \(range.lowerBound)–\(range.upperBound) are taken",
                remedy: "remove an environment that is no longer needed")
        case .backupFailed(let path, let detail):
            Diagnosis(
                problem: "cannot copy the database \(path)", reason: detail,
                remedy: "check it with `PRAGMA integrity_check`, then try again")
        case .notDatabase(let path):
            Diagnosis(
                problem: "cannot copy the database \(path)", reason: "it is not a SQLite database",
                remedy: "name another file")
        }
    }

    public var lacksSpace: Bool {
        if case .full = self { true } else { false }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .busy: .tryAgain
        case .noEnvironment, .environmentExists, .slugInUse, .workspaceInUse, .illegalMove, .noOperation, .noRun,
            .noFreePort:
            .refused
        default: .inputOutput
        }
    }
}
