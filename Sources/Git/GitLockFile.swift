import HostSystem
import Model
import SystemPackage

/// A lock file of Git's own (`index.lock`, `refs/heads/main.lock`, …) that stands in the way.
///
/// Headgate explains such a file and never deletes it: a Git that is only slow may still hold it.
public struct GitLockFile: Hashable, Sendable {
    public let path: FilePath
    /// Seconds since it was last written; `nil` when it is gone by now.
    public let age: Double?
    /// The user id that owns it; `nil` when it is gone by now.
    public let owner: UInt32?

    public init(path: FilePath, age: Double?, owner: UInt32?) {
        self.path = path
        self.age = age
        self.owner = owner
    }

    /// Looks at the file as it is now; one that cannot be looked at counts as gone.
    init(at path: FilePath, now: Timestamp = SystemClock.now()) {
        let status = (try? FileSystem.status(path)) ?? nil  // Only the explanation gets shorter.
        self.init(path: path, age: status.map { max(0, (now - $0.modified).seconds) }, owner: status?.owner)
    }

    var diagnosis: Diagnosis {
        guard let age, let owner else {
            return Diagnosis(
                problem: "Git was locked", reason: "`\(path)` existed a moment ago and is gone now", remedy: "try again"
            )
        }
        return Diagnosis(
            problem: "Git is locked",
            reason: "`\(path)` exists, \(TimeSpan(seconds: age).readable) old, made by user \(owner)",
            remedy: "wait if a git command is still running; "
                + "if none is, one was killed and left it: `rm \(shellWord(path.string))`")
    }
}
