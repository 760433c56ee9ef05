import SystemPackage

/// Subvolumes of btrfs. Source: `btrfs-subvolume(8)`, `linux/btrfs.h`.
public enum Subvolume {
    /// Whether `path` is the root of a btrfs subvolume; false on every other file system.
    public static func isSubvolume(_ path: FilePath) -> Bool { false }

    public static func create(_ path: FilePath) throws(HostError) {}

    /// Makes a snapshot of the subvolume `source` at `target`, which must not exist.
    public static func snapshot(_ source: FilePath, to target: FilePath, readOnly: Bool) throws(HostError) {}

    /// Makes a subvolume read-only or writable.
    public static func setReadOnly(_ path: FilePath, _ readOnly: Bool) throws(HostError) {}

    /// Deletes a subvolume with its content, strictly beneath `root`.
    public static func delete(_ path: FilePath, within root: FilePath) throws(HostError) {}
}
