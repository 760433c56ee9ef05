import CHost
import Glibc
import Model
import SystemPackage

/// What the file system records about one file.
public struct FileStatus: Sendable, Hashable {
    /// What lies there.
    public enum Kind: UInt8, Sendable, Hashable {
        case file, directory, symbolicLink, socket, fifo, device

        /// The kind in words, such as `symbolic link`.
        public var words: String {
            switch self {
            case .file: "file"
            case .directory: "directory"
            case .symbolicLink: "symbolic link"
            case .socket: "socket"
            case .fifo: "named pipe"
            case .device: "device"
            }
        }
    }

    public var kind: Kind
    /// The number of the file system the file lies on.
    public var device: UInt64
    public var inode: UInt64
    /// The length in bytes; of a link, the length of its target.
    public var size: Int64
    /// The bytes that are allocated on the disk; less than `size` for a sparse file.
    public var allocated: Int64
    /// When the content last changed.
    public var modified: Timestamp
    /// When content or attributes last changed; no program can set this.
    public var changed: Timestamp
    /// The permission bits, such as `0o644`.
    public var mode: UInt32
    /// The number of hard links.
    public var links: UInt64
    /// The number of the user who owns it.
    public var owner: UInt32
    /// The number of the group.
    public var group: UInt32

    public init(
        kind: Kind, device: UInt64 = 0, inode: UInt64 = 0, size: Int64 = 0, allocated: Int64 = 0,
        modified: Timestamp = Timestamp(nanoseconds: 0), changed: Timestamp = Timestamp(nanoseconds: 0),
        mode: UInt32 = 0o644, links: UInt64 = 1, owner: UInt32 = 0, group: UInt32 = 0
    ) {
        self.kind = kind
        self.device = device
        self.inode = inode
        self.size = size
        self.allocated = allocated
        self.modified = modified
        self.changed = changed
        self.mode = mode
        self.links = links
        self.owner = owner
        self.group = group
    }
}

extension FileStatus {
    /// Returns the status of `path` relative to an open directory, or `nil` when nothing is there.
    static func look(
        _ directory: Int32, _ path: UnsafePointer<CChar>, followLinks: Bool = false
    ) -> Result<FileStatus?, Errno> {
        var found = chost_status()
        if chost_get_status(directory, path, followLinks ? 1 : 0, &found) == 0 { return .success(FileStatus(found)) }
        let code = Errno(rawValue: errno)
        return code == .noSuchFileOrDirectory || code == .notDirectory ? .success(nil) : .failure(code)
    }

    /// Returns the status of an open file.
    init(descriptor: Int32, path: FilePath) throws(HostError) {
        var found = chost_status()
        try call("look at", path) { chost_get_status(descriptor, "", 0, &found) }
        self.init(found)
    }

    private init(_ found: chost_status) {
        let kind: Kind =
            switch found.mode & UInt32(S_IFMT) {
            case UInt32(S_IFREG): .file
            case UInt32(S_IFDIR): .directory
            case UInt32(S_IFLNK): .symbolicLink
            case UInt32(S_IFSOCK): .socket
            case UInt32(S_IFIFO): .fifo
            default: .device
            }
        self.init(
            kind: kind, device: found.device, inode: found.inode, size: found.size, allocated: found.allocated,
            modified: Timestamp(nanoseconds: found.modified), changed: Timestamp(nanoseconds: found.changed),
            mode: found.mode & 0o7777, links: found.links, owner: found.owner,
            group: found.group)
    }

    /// Whether this is the same file with the same content as far as the file system can tell.
    func isUnchanged(since earlier: FileStatus) -> Bool {
        kind == earlier.kind && device == earlier.device && inode == earlier.inode && size == earlier.size
            && modified == earlier.modified && changed == earlier.changed
    }
}
