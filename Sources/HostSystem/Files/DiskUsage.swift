import CHost
import Glibc
import Synchronization
import SystemPackage

/// What files take on their disk.
public struct DiskUsage: Sendable, Hashable {
    /// Freed when they go.
    public var own: Int64 = 0
    /// Held by other files as well, through clones, snapshots or further names.
    public var shared: Int64 = 0

    /// Measures a file, or everything beneath a directory.
    ///
    /// Where the file system can share bytes between files (btrfs, XFS), it is asked about each file of which it holds any;
    /// elsewhere, and for what cannot be opened, all that is allocated counts as the file's own.
    ///
    /// - Parameter width: how many threads look at once.
    public init(of path: FilePath, width: Int = 1) throws(HostError) {
        let status = try FileSystem.requireStatus(path)
        let isTree = status.kind == .directory
        let entries = isTree ? try TreeWalk.list(path, width: width) : [TreeEntry(path: "", status: status)]
        let kind = try Volume(of: path).kind
        let asks = kind == .btrfs || kind == .xfs
        for entry in entries {
            let place = isTree ? path.pushing(entry.path) : path
            add(entry.status, asks && entry.status.kind == .file && entry.status.allocated > 0 ? place : nil)
        }
    }

    private mutating func add(_ status: FileStatus, _ place: FilePath?) {
        if status.kind == .file, status.links > 1 {
            shared += status.allocated
            return
        }
        // What vanished meanwhile, or may not be read, is counted by its status.
        guard let place, let file = try? OpenFile(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            own += status.allocated
            return
        }
        var (ours, others): (Int64, Int64) = (0, 0)
        guard chost_disk_usage(file.descriptor, &ours, &others) == 0 else {
            own += status.allocated
            return
        }
        own += ours
        shared += others
    }
}
