import CHost
import Glibc
import Model
import Synchronization
import SystemPackage

/// Copies a file or a tree with modes, times, extended attributes, holes and links as they are.
///
/// Links are copied, never followed. Sockets, devices and named pipes are refused by path before anything is copied.
/// Files with several names become files of their own. As root, the owner is kept as well.
public struct TreeCopy: Sendable {
    /// How the content of files is copied.
    public enum Method: Sendable, Hashable {
        /// Clones: no bytes move. Source: `ioctl_ficlone(2)`.
        case reflink
        case bytes
        /// A clone where the file system makes one, else bytes.
        case auto
    }

    public var method: Method
    /// How many files are copied at once.
    public var width: Int
    /// An earlier copy of the same tree on the file system of the target: files of equal size, time and mode are
    /// hard-linked from it instead of being copied.
    public var unchangedFrom: FilePath?
    /// Whether the write permissions are taken from every file, though not from directories.
    public var makeReadOnly: Bool
    /// Whether the owner may read and write every file, and enter and change every directory.
    public var makeWritable: Bool
    /// Receives bytes done and bytes in total, on any thread, about once per megabyte.
    public var progress: (@Sendable (_ done: Int64, _ total: Int64) -> Void)?

    public init(
        method: Method = .auto, width: Int = 2, unchangedFrom: FilePath? = nil, makeReadOnly: Bool = false,
        makeWritable: Bool = false,
        progress: (@Sendable (_ done: Int64, _ total: Int64) -> Void)? = nil
    ) {
        self.method = method
        self.width = width
        self.unchangedFrom = unchangedFrom
        self.makeReadOnly = makeReadOnly
        self.makeWritable = makeWritable
        self.progress = progress
    }

    /// Copies `source` to `target`, which must not exist and is removed again when the copy fails.
    ///
    /// Nothing is synced: `FileSystem.syncFileSystem(of:)` does that for all files at once.
    ///
    /// - Throws: `HostError.unsupported` when clones were asked for and cannot be made, `unsupportedKind` for a socket,
    ///   device or named pipe, `changedWhileRead` for a file that was written to meanwhile.
    public func copy(_ source: FilePath, to target: FilePath) async throws -> CopyReport {
        let started = SystemClock.monotonicNanoseconds()
        let status = try FileSystem.requireStatus(source)
        if try FileSystem.status(target) != nil {
            throw HostError.failed(action: "copy to", path: target, code: .fileExists)
        }
        let entries = status.kind == .directory ? try TreeWalk.list(source, width: width) : []
        let top = TreeEntry(path: "", status: status)
        for entry in [top] + entries where !entry.status.kind.isCopyable {
            throw HostError.unsupportedKind(entry.path.isEmpty ? source : source.pushing(entry.path), entry.status.kind)
        }
        do {
            let tally = try await copyAll([top] + entries, from: source, to: target)
            let seconds = Double(SystemClock.monotonicNanoseconds() - started) / 1e9
            return tally.report(seconds: seconds)
        } catch {
            // What went wrong first is what matters.
            try? FileSystem.removeTree(target, within: target.removingLastComponent())
            throw error
        }
    }

    private func copyAll(_ entries: [TreeEntry], from source: FilePath, to target: FilePath) async throws -> CopyTally {
        let directories = entries.filter { $0.status.kind == .directory }
        let others = entries.filter { $0.status.kind != .directory }
        for directory in directories {
            let path = directory.path.isEmpty ? target : target.pushing(directory.path)
            try call("make the directory", path) { path.withPlatformString { mkdir($0, 0o700) } }
        }
        let total = others.reduce(0) { $0 + ($1.status.kind == .file ? $1.status.size : 0) }
        let tally = CopyTally(total: total, progress: progress)
        let copier = FileCopier(self, from: source, to: target, tally)
        // Neighbours lie in the same directory, which a thread then opens once.
        let batch = max(1, min(64, others.count / max(1, width * 4)))
        let starts = Array(stride(from: 0, to: others.count, by: batch))
        _ = try await BlockingWork.run(count: starts.count, width: width) { number in
            for entry in others[starts[number]..<min(starts[number] + batch, others.count)] {
                try copier.copy(entry)
            }
        }
        // Last and innermost first: every file made in a directory changes its time, and its mode may forbid making any.
        for directory in directories.reversed() {
            try copier.finish(directory)
        }
        return tally
    }

    /// Whether files in `directory` can be cloned: clones one, changes the clone, and reads both back.
    public static func supportsReflink(at directory: FilePath) throws(HostError) -> Bool {
        let original = try unnamedFile(in: directory)
        let clone = try unnamedFile(in: directory)
        let content = (0..<(64 << 10)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try write(content, to: original.descriptor, at: directory)
        guard chost_clone_file(clone.descriptor, original.descriptor) == 0 else { return false }
        guard try bytes(of: clone.descriptor, content.count, at: directory) == content else { return false }
        lseek(clone.descriptor, 0, SEEK_SET)
        try write([~content[0]], to: clone.descriptor, at: directory)
        return try bytes(of: original.descriptor, content.count, at: directory) == content
    }

    /// Makes a file that is gone as soon as it is closed.
    static func unnamedFile(in directory: FilePath) throws(HostError) -> OpenFile {
        let path = temporarySibling(of: directory.appending("probe"))
        let file = try OpenFile(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600, action: "write")
        try FileSystem.remove(path)
        return file
    }

    private static func bytes(of file: Int32, _ count: Int, at path: FilePath) throws(HostError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let length = try call("read", path) { pread(file, &bytes, count, 0) }
        return Array(bytes.prefix(length))
    }
}

/// What a copy did.
public struct CopyReport: Sendable, Hashable {
    /// Files and links made, without directories.
    public let files: Int
    /// The sum of the sizes of the files.
    public let bytes: Int64
    public let seconds: Double
    /// How many files are clones.
    public let reflinked: Int
    /// How many files are hard links into the earlier copy.
    public let linked: Int

    public init(files: Int, bytes: Int64, seconds: Double, reflinked: Int, linked: Int) {
        self.files = files
        self.bytes = bytes
        self.seconds = seconds
        self.reflinked = reflinked
        self.linked = linked
    }
}

/// What the threads of one copy have done so far.
final class CopyTally: Sendable {
    private struct Counts {
        var files = 0
        var bytes: Int64 = 0
        var reported: Int64 = 0
        var reflinked = 0
        var linked = 0
    }

    private let total: Int64
    private let progress: (@Sendable (Int64, Int64) -> Void)?
    private let counts = Mutex(Counts())

    init(total: Int64, progress: (@Sendable (Int64, Int64) -> Void)?) {
        self.total = total
        self.progress = progress
    }

    enum Way {
        case copied, reflinked, linked
    }

    func add(bytes: Int64) {
        guard let progress else { return counts.withLock { $0.bytes += bytes } }
        let done = counts.withLock { counts -> Int64? in
            counts.bytes += bytes
            guard counts.bytes - counts.reported >= 1 << 20 || counts.bytes == total else { return nil }
            counts.reported = counts.bytes
            return counts.bytes
        }
        if let done { progress(done, total) }
    }

    func add(_ way: Way) {
        counts.withLock { counts in
            counts.files += 1
            if way == .reflinked { counts.reflinked += 1 }
            if way == .linked { counts.linked += 1 }
        }
    }

    func report(seconds: Double) -> CopyReport {
        counts.withLock { counts in
            CopyReport(
                files: counts.files, bytes: counts.bytes, seconds: seconds, reflinked: counts.reflinked,
                linked: counts.linked)
        }
    }
}

extension FileStatus.Kind {
    var isCopyable: Bool { self == .file || self == .directory || self == .symbolicLink }
}
