import Glibc
import SystemPackage

/// A directory held open, so that many files in it are looked at without walking to it each time.
public struct OpenDirectory: ~Copyable, Sendable {
    private let file: OpenFile

    /// Opens the directory at `path`; `nil` where there is none, a link to one included.
    public init?(_ path: FilePath) throws(HostError) {
        do throws(HostError) {
            file = try OpenFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, action: "look at")
        } catch .failed(_, _, .noSuchFileOrDirectory), .failed(_, _, .notDirectory),
            .failed(_, _, .tooManySymbolicLinkLevels)
        {
            return nil
        }
    }

    /// Returns the status of what lies at a path relative to the directory, links not followed; that of the directory
    /// itself for an empty path. `nil` where nothing is there, or it cannot be told.
    ///
    /// - Parameter path: the bytes of the path, ended by a zero.
    public borrowing func status(at path: UnsafePointer<CChar>) -> FileStatus? {
        (try? FileStatus.look(file.descriptor, path).get()) ?? nil
    }
}
