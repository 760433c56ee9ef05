import HostSystem
import Model

/// What tells that a file's content is the one that was hashed before.
///
/// The change time is set by the kernel alone, so equal identities mean equal content, but for the racily clean files
/// that `HashCache` leaves out.
public struct FileIdentity: Hashable, Sendable {
    public var inode: UInt64
    public var size: Int64
    public var modified: Timestamp
    public var changed: Timestamp

    public init(inode: UInt64, size: Int64, modified: Timestamp, changed: Timestamp) {
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    public init(_ status: FileStatus) {
        self.init(inode: status.inode, size: status.size, modified: status.modified, changed: status.changed)
    }
}
