import Dispatch
import Glibc
import Model
import Synchronization
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

/// A lock on a file, held by the kernel until this value ends, `release()` is called, or the process dies; it may be
/// handed around, and be held across suspensions.
///
/// The file is opened close-on-exec, so no child process holds on to the lock, and it stays when the lock ends: a
/// file that was removed could be locked under two inodes at once. An exclusive holder writes who it is into it.
///
/// Source: `flock(2)`.
public final class HeldLock: Sendable {
    public let path: FilePath
    /// Negative once the lock was given back.
    private let descriptor: Mutex<Int32>

    /// Takes the lock, creating the file where it is missing; suspends while it waits.
    ///
    /// - Throws: `HostError.locked` when others still hold it once the wait is over; `CancellationError`.
    public init(at path: FilePath, mode: LockMode, wait: LockWait = .none) async throws {
        let file = try OpenFile(path, O_RDWR | O_CREAT, mode: 0o600, action: "lock")
        let deadline = SystemClock.monotonicNanoseconds() + nanoseconds(wait)
        while try !takeLock(file.descriptor, mode, at: path) {
            guard SystemClock.monotonicNanoseconds() < deadline else {
                throw HostError.locked(path, holder: holder(path))
            }
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        note(mode, in: file.descriptor)
        self.path = path
        descriptor = Mutex(file.handOver())
    }

    /// Gives the lock back now instead of when the last reference goes.
    public func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // Closing alone would leave it to a child that another thread is just starting, until that child has begun its
            // program.
            flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
        }
    }

    deinit { release() }
}

private func nanoseconds(_ wait: LockWait) -> Int64 {
    switch wait {
    case .none: 0
    case .upTo(let span): Int64(min(span.seconds, 1e9) * 1e9)
    }
}

/// Returns whether the lock was taken.
private func takeLock(_ descriptor: Int32, _ mode: LockMode, at path: FilePath) throws(HostError) -> Bool {
    let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB
    while flock(descriptor, operation) != 0 {
        switch errno {
        case EWOULDBLOCK: return false
        case EINTR: continue
        default: throw .failed(action: "lock", path: path, code: Errno(rawValue: errno))
        }
    }
    return true
}

/// Writes who holds the lock alone, for others to read; the lock itself does not depend on it.
private func note(_ mode: LockMode, in descriptor: Int32) {
    // Whoever may share it knows that nobody holds it alone any more.
    if mode == .shared {
        _ = ftruncate(descriptor, 0)
        return
    }
    let text = Array("process \(CurrentProcess.identifier) (\(CurrentProcess.commandLine.prefix(200)))\n".utf8)
    ftruncate(descriptor, 0)
    pwrite(descriptor, text, text.count, 0)
}

private func holder(_ path: FilePath) -> String? {
    // Only for the message: a note that cannot be read leaves it shorter.
    guard let note = try? FileSystem.readText(path, limit: 4096) else { return nil }
    let line = note.prefix { $0 != "\n" }
    return line.isEmpty ? nil : String(line)
}
