import CHost
import Glibc
import SystemPackage

/// A lock that keeps programs which lock a file before they write to it from doing so, held by the kernel until this
/// value ends or the process dies.
///
/// DuckDB is such a program. Nothing is written to the file or its directory.
/// Source: `fcntl(2)`, open file description locks; duckdb `src/common/local_file_system.cpp`.
public struct ReadLock: ~Copyable {
    private let file: OpenFile

    /// Somebody has the file open for writing.
    public struct Refused: Error, Hashable {
        /// `nil` where the kernel does not say which process it is.
        public let process: Int32?
        /// Its command line, for people.
        public let command: String?
    }

    /// Takes the lock; does not wait.
    ///
    /// - Throws: `Refused`; `HostError` for a file that cannot be opened, or a file system without locks.
    public init(of path: FilePath) throws {
        let file = try OpenFile(path, O_RDONLY, action: "lock")
        var holder: Int32 = 0
        if chost_lock_shared(file.descriptor, &holder) != 0 {
            let code = Errno(rawValue: errno)
            guard code == .resourceTemporarilyUnavailable || code == .permissionDenied else {
                throw HostError.failed(action: "lock", path: path, code: code)
            }
            // A process that has ended meanwhile has no command line.
            let line = holder > 0 ? try? FileSystem.readBytes(FilePath("/proc/\(holder)/cmdline"), limit: 4 << 10) : nil
            let words = line.map { $0.split(separator: 0).map { String(decoding: $0, as: UTF8.self) } }
            throw Refused(process: holder > 0 ? holder : nil, command: words?.joined(separator: " "))
        }
        self.file = file
    }
}
