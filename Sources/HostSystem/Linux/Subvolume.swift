import CHost
import Glibc
import SystemPackage

/// Subvolumes of btrfs. Source: `btrfs-subvolume(8)`, `linux/btrfs.h`.
public enum Subvolume {
    /// Whether `path` is the root of a btrfs subvolume; false on every other file system, and for a link.
    public static func isSubvolume(_ path: FilePath) -> Bool {
        // What cannot be opened cannot be snapshot either.
        guard let directory = try? OpenFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return false }
        return isSubvolume(directory.descriptor)
    }

    /// Makes an empty subvolume.
    public static func create(_ path: FilePath) throws(HostError) {
        try inParent(of: path, "make the subvolume") { chost_subvolume_create($0, $1) }
    }

    /// Makes a snapshot of the subvolume `source` at `target`, which must not exist.
    public static func snapshot(_ source: FilePath, to target: FilePath, readOnly: Bool) throws(HostError) {
        let origin = try OpenFile(source, O_RDONLY | O_DIRECTORY, action: "snapshot")
        try inParent(of: target, "make the snapshot") {
            chost_subvolume_snapshot($0, $1, origin.descriptor, readOnly ? 1 : 0)
        }
    }

    /// Makes a subvolume read-only or writable.
    public static func setReadOnly(_ path: FilePath, _ readOnly: Bool) throws(HostError) {
        let directory = try OpenFile(path, O_RDONLY | O_DIRECTORY)
        try call("change the subvolume", path) { setReadOnly(directory.descriptor, readOnly) }
    }

    /// Deletes a subvolume with its content, strictly beneath `root`. Where the user may not delete subvolumes,
    /// its files are removed one by one.
    public static func delete(_ path: FilePath, within root: FilePath) throws(HostError) {
        try FileSystem.removeTree(path, within: root)
    }

    static func isSubvolume(_ directory: Int32) -> Bool {
        var flags: UInt64 = 0
        // The root of a subvolume has inode 256 and answers this request; nothing else does both.
        var status = chost_status()
        return chost_get_status(directory, "", 0, &status) == 0 && status.inode == 256
            && chost_subvolume_get_flags(directory, &flags) == 0
    }

    /// Tries to delete the subvolume `name` of an open directory; whether it is gone.
    static func delete(_ name: UnsafePointer<CChar>, _ subvolume: Int32, of parent: Int32) -> Bool {
        if chost_subvolume_delete(parent, name) == 0 { return true }
        // Its owner may delete what may be written, where the mount allows that at all.
        _ = setReadOnly(subvolume, false)
        return chost_subvolume_delete(parent, name) == 0
    }

    private static func setReadOnly(_ directory: Int32, _ readOnly: Bool) -> Int32 {
        var flags: UInt64 = 0
        guard chost_subvolume_get_flags(directory, &flags) == 0 else { return -1 }
        return chost_subvolume_set_flags(directory, readOnly ? flags | readOnlyFlag : flags & ~readOnlyFlag)
    }

    private static func inParent(
        of path: FilePath, _ action: String, _ body: (Int32, UnsafePointer<CChar>) -> Int32
    ) throws(HostError) {
        guard let name = path.lastComponent else { throw .failed(action: action, path: path, code: .invalidArgument) }
        let directory = path.removingLastComponent()
        let parent = try OpenFile(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY, action: action)
        guard name.withPlatformString({ body(parent.descriptor, $0) }) != 0 else { return }
        let code = Errno(rawValue: errno)
        if code == .inappropriateIOCTLForDevice || code == .notSupported {
            throw .unsupported(feature: "subvolumes", path: directory)
        }
        throw .failed(action: action, path: path, code: code)
    }
}

/// BTRFS_SUBVOL_RDONLY. Source: `linux/btrfs.h`.
private let readOnlyFlag: UInt64 = 1 << 1
