import Model
import SystemPackage

/// What the file system records about one file.
public struct FileStatus: Sendable, Hashable {
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

    public init(
        kind: Kind, device: UInt64 = 0, inode: UInt64 = 0, size: Int64 = 0, allocated: Int64 = 0,
        modified: Timestamp = Timestamp(nanoseconds: 0), changed: Timestamp = Timestamp(nanoseconds: 0),
        mode: UInt32 = 0o644, links: UInt64 = 1, owner: UInt32 = 0
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
    }
}
