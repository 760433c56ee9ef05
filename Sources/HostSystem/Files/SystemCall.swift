import Glibc
import SystemPackage

/// Makes a system call until no signal interrupts it; -1 becomes `HostError.failed` about `path`.
///
/// - Parameter action: completes "cannot …", such as `read`.
@discardableResult
func call<Result: SignedInteger>(
    _ action: String, _ path: FilePath, _ body: () -> Result
) throws(HostError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = Errno(rawValue: errno)
        if code != .interrupted { throw .failed(action: action, path: path, code: code) }
    }
}

/// An open file that is closed exactly once.
struct OpenFile: ~Copyable, Sendable {
    let descriptor: Int32

    /// Takes over an open descriptor.
    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Opens `path` close-on-exec.
    init(_ path: FilePath, _ flags: Int32, mode: UInt32 = 0, action: String = "open") throws(HostError) {
        descriptor = try call(action, path) {
            path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, mode) }
        }
    }

    /// Closes it and hands on the error, which is how some file systems report that a write failed.
    consuming func close(_ path: FilePath) throws(HostError) {
        let result = Glibc.close(descriptor)
        let code = Errno(rawValue: errno)
        discard self
        if result != 0, code != .interrupted { throw .failed(action: "write", path: path, code: code) }
    }

    /// Gives the descriptor to somebody who will close it.
    consuming func handOver() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    deinit { _ = Glibc.close(descriptor) }
}
