import CHost
import Glibc
import SystemPackage

/// Any number of locks in one file, each named by a number, held by the kernel until they are given back, this value
/// ends, or the process dies.
///
/// Nothing is made or removed for a lock, so that thousands a second cost no more than a system call each. Two values
/// exclude each other, in one process too; within one value a lock may be taken again.
///
/// Source: `fcntl(2)`, open file description locks.
public final class RangeLocks: Sendable {
    private let descriptor: Int32

    /// Opens the file, making it where it is missing.
    public init(at path: FilePath) throws(HostError) {
        descriptor = try OpenFile(path, O_RDWR | O_CREAT, mode: 0o600, action: "lock").handOver()
        self.path = path
    }

    public let path: FilePath

    /// Takes the lock of `number`, of which 62 bits count, unless somebody else holds it.
    ///
    /// - Returns: whether it is held now.
    public func take(_ number: UInt64) throws(HostError) -> Bool {
        if chost_lock_byte(descriptor, offset(number), 1) == 0 { return true }
        let code = Errno(rawValue: errno)
        if code == .resourceTemporarilyUnavailable || code == .permissionDenied { return false }
        throw .failed(action: "lock", path: path, code: code)
    }

    /// Gives the lock of `number` back.
    public func release(_ number: UInt64) {
        // Unlocking what is open and local cannot fail.
        _ = chost_lock_byte(descriptor, offset(number), 0)
    }

    deinit { close(descriptor) }

    private func offset(_ number: UInt64) -> Int64 { Int64(number >> 2) }
}
