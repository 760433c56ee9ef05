import Model
import SystemPackage

/// Copies a file or a tree with modes, times, extended attributes, holes and links as they are.
///
/// Links are copied, never followed. Sockets, devices and named pipes are refused by path before anything is copied.
public struct TreeCopy: Sendable {
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
    /// Whether the target's files are made read-only (`0o444`, directories `0o555`).
    public var makeReadOnly: Bool
    /// Receives bytes done and bytes in total, on any thread.
    public var progress: (@Sendable (_ done: Int64, _ total: Int64) -> Void)?

    public init(
        method: Method = .auto, width: Int = 2, unchangedFrom: FilePath? = nil, makeReadOnly: Bool = false,
        progress: (@Sendable (_ done: Int64, _ total: Int64) -> Void)? = nil
    ) {
        self.method = method
        self.width = width
        self.unchangedFrom = unchangedFrom
        self.makeReadOnly = makeReadOnly
        self.progress = progress
    }

    /// Copies `source` to `target`, which must not exist.
    ///
    /// - Throws: `HostError.unsupported` when clones were asked for and cannot be made.
    public func copy(_ source: FilePath, to target: FilePath) async throws -> CopyReport {
        CopyReport(files: 0, bytes: 0, seconds: 0, reflinked: 0, linked: 0)
    }

    /// Whether files in `directory` can be cloned: clones one, and reads the clone back.
    public static func supportsReflink(at directory: FilePath) throws(HostError) -> Bool { false }
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
