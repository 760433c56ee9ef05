import Model
import SystemPackage

/// What the operating system refused.
public enum HostError: DiagnosableError, Equatable {
    /// The program was not found, may not be executed, or its directory is gone.
    case commandNotStarted(program: String, reason: String)
    /// Another process holds the lock; `holder` is what it wrote into the file, such as `process 812 (headgate run)`.
    case locked(FilePath, holder: String?)
    /// A system call on `path` failed; `action` completes "cannot …", such as `read`.
    case failed(action: String, path: FilePath, code: Errno)
    /// `path` does not lie strictly beneath `root`.
    case outside(FilePath, root: FilePath)
    /// A socket, device or pipe stands where only files, directories and links may.
    case unsupportedKind(FilePath, FileStatus.Kind)
    /// The file was written to while it was read.
    case changedWhileRead(FilePath)
    /// The file holds more than `limit` bytes.
    case tooLarge(FilePath, limit: Int)
    /// The file does not hold valid UTF-8.
    case notText(FilePath)
    /// The file system lacks what was asked of it, such as clones or subvolumes.
    case unsupported(feature: String, path: FilePath)
    /// A directory that cannot be a workspace, because shutting off the rest would hide or show all of it.
    case unconfinable(FilePath)

    public var diagnosis: Diagnosis {
        switch self {
        case .commandNotStarted(let program, let reason):
            Diagnosis(problem: "cannot start `\(program)`", reason: reason)
        case .locked(let path, let holder):
            Diagnosis(
                problem: "another command is at work here",
                reason: holder.map { "\($0) holds \(path)" } ?? "\(path) is locked",
                remedy: "wait for it to finish, then try again")
        case .failed(let action, let path, let code):
            Diagnosis(problem: "cannot \(action) \(path)", reason: "\(code)", remedy: remedy(for: code))
        case .outside(let path, let root):
            Diagnosis(problem: "refused to touch \(path)", reason: "it does not lie beneath \(root)")
        case .unsupportedKind(let path, let kind):
            Diagnosis(
                problem: "cannot copy \(path)", reason: "it is a \(kind.words)",
                remedy: "remove it, or move it out of the data")
        case .changedWhileRead(let path):
            Diagnosis(
                problem: "\(path) changed while it was read", remedy: "let the writer finish, then try again")
        case .tooLarge(let path, let limit):
            Diagnosis(problem: "\(path) is too large", reason: "at most \(limit) bytes are read here")
        case .notText(let path):
            Diagnosis(problem: "\(path) is not text", reason: "it holds bytes that are not UTF-8")
        case .unsupported(let feature, let path):
            Diagnosis(problem: "the file system at \(path) has no \(feature)")
        case .unconfinable(let path):
            Diagnosis(
                problem: "no sandbox can be built around \(path)",
                reason: "it is the home directory, a directory for temporary files, or the root of the system",
                remedy: "move the project into a directory of its own")
        }
    }

    public var lacksSpace: Bool {
        guard case .failed(_, _, let code) = self else { return false }
        return code == .noSpace || code == .diskQuotaExceeded
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .locked: .tryAgain
        case .outside, .unsupportedKind, .unconfinable: .refused
        default: .inputOutput
        }
    }
}

private func remedy(for code: Errno) -> String? {
    switch code {
    case .noSpace: "free some space, then try again"
    case .diskQuotaExceeded: "the quota is used up: free some space, then try again"
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "raise the limit of open files (`ulimit -n`), then try again"
    case .permissionDenied, .notPermitted: "check who owns it and its mode"
    case .readOnlyFileSystem: "mount its file system such that it can be written, then try again"
    default: nil
    }
}
