import Model
import SystemPackage

/// Asks and changes the file system; every function throws `HostError.failed` with the path it was about.
public enum FileSystem {
    /// Returns the status of `path`, or `nil` when nothing is there; the last link is followed only if asked.
    public static func status(_ path: FilePath, followLinks: Bool = false) throws(HostError) -> FileStatus? { nil }

    /// Returns the status of `path`, which must be there.
    public static func requireStatus(_ path: FilePath, followLinks: Bool = false) throws(HostError) -> FileStatus {
        guard let status = try status(path, followLinks: followLinks) else {
            throw .failed(action: "find", path: path, code: .noSuchFileOrDirectory)
        }
        return status
    }

    /// Whether anything, a dangling link included, is at `path`; an unreadable path counts as absent.
    public static func exists(_ path: FilePath) -> Bool { false }

    /// Whether a directory, or a link to one, is at `path`.
    public static func isDirectory(_ path: FilePath) -> Bool { false }

    /// Makes the directory and those above it; one that is there already is fine.
    public static func makeDirectories(_ path: FilePath, mode: UInt32 = 0o755) throws(HostError) {}

    /// Returns the names in a directory without `.` and `..`, in the order of their bytes.
    public static func list(_ directory: FilePath) throws(HostError) -> [FilePath.Component] { [] }

    /// Returns the content of a file of at most `limit` bytes.
    public static func readBytes(_ path: FilePath, limit: Int = 64 << 20) throws(HostError) -> [UInt8] { [] }

    /// Returns the content of a UTF-8 file of at most `limit` bytes.
    public static func readText(_ path: FilePath, limit: Int = 64 << 20) throws(HostError) -> String { "" }

    /// Puts `bytes` at `path` such that, whatever happens, the old content or the new is there: writes a sibling,
    /// syncs it, renames it over `path`, syncs the directory.
    public static func replace(_ path: FilePath, with bytes: [UInt8], mode: UInt32 = 0o644) throws(HostError) {}

    /// Puts the UTF-8 bytes of `text` at `path`, see `replace(_:with:mode:)`.
    public static func replace(_ path: FilePath, withText text: String, mode: UInt32 = 0o644) throws(HostError) {
        try replace(path, with: Array(text.utf8), mode: mode)
    }

    /// Moves `from` to `to`; a file at `to` is replaced unless `replacing` is false.
    public static func rename(_ from: FilePath, to: FilePath, replacing: Bool = true) throws(HostError) {}

    /// Swaps two paths in one step. Source: `renameat2(2)`, RENAME_EXCHANGE.
    public static func exchange(_ one: FilePath, _ other: FilePath) throws(HostError) {}

    /// Makes a symbolic link at `path` that holds `target` as it is.
    public static func symbolicLink(at path: FilePath, to target: FilePath) throws(HostError) {}

    /// Makes a second name for a file.
    public static func hardLink(at path: FilePath, to existing: FilePath) throws(HostError) {}

    /// Returns what a symbolic link holds.
    public static func readLink(_ path: FilePath) throws(HostError) -> FilePath { path }

    /// Removes a file or link; nothing there is fine.
    public static func remove(_ path: FilePath) throws(HostError) {}

    /// Removes an empty directory.
    public static func removeDirectory(_ path: FilePath) throws(HostError) {}

    /// Removes a file or a whole tree that lies strictly beneath `root`, which exists; nothing there is fine.
    ///
    /// Links are removed, never followed, also above `path`; read-only directories are made writable first.
    public static func removeTree(_ path: FilePath, within root: FilePath) throws(HostError) {}

    /// Waits until the names in a directory are on the disk.
    public static func syncDirectory(_ path: FilePath) throws(HostError) {}

    /// Waits until everything on the file system of `path` is on the disk. Source: `syncfs(2)`.
    public static func syncFileSystem(of path: FilePath) throws(HostError) {}

    /// Sets the permission bits; a link is followed.
    public static func setMode(_ path: FilePath, _ mode: UInt32) throws(HostError) {}

    /// Sets when the content last changed; a link is not followed.
    public static func setModified(_ path: FilePath, _ time: Timestamp) throws(HostError) {}

    /// Returns the path with every link resolved. Source: `realpath(3)`.
    public static func canonical(_ path: FilePath) throws(HostError) -> FilePath { path }

    /// Resolves `path` beneath `root` and returns where it leads; what would leave `root` is an error.
    ///
    /// - Parameter followLinks: whether links within `root` are followed; otherwise any link is an error.
    ///
    /// Source: `openat2(2)`, RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS.
    public static func resolve(
        _ path: FilePath, beneath root: FilePath, followLinks: Bool = true
    ) throws(HostError) -> FilePath { path }
}
