import CHost
import Glibc
import Model
import SystemPackage

/// The file system that a path lies on.
public struct Volume: Sendable, Hashable {
    /// What file system it has, as far as it matters here.
    public enum Kind: Sendable, Hashable {
        case ext4, btrfs, xfs, tmpfs, overlay, zfs, nfs, smb, fuse, v9fs
        /// Another one, by its magic number.
        case other(UInt64)
    }

    public let kind: Kind
    /// The bytes that this user may still write.
    public let freeBytes: Int64
    public let totalBytes: Int64
    /// The same for as long as the file system exists: its UUID where the kernel tells it, else its device number,
    /// which may change when the machine starts again.
    public let identifier: String
    public let isReadOnly: Bool

    /// Whether it is reached over a network, or may be, where locks and SQLite are not safe.
    public var isNetwork: Bool {
        switch kind {
        case .nfs, .smb, .v9fs: true
        case .ext4, .btrfs, .xfs, .tmpfs, .overlay, .zfs, .fuse: false
        case .other(let magic): networkMagic.contains(magic)
        }
    }

    /// Looks at the file system of `path`, or of the closest directory above it that exists.
    public init(of path: FilePath) throws(HostError) {
        let existing = try closestExisting(path)
        var found = chost_volume()
        try call("look at the file system of", existing) {
            existing.withPlatformString { chost_get_volume($0, &found) }
        }
        kind = Kind(magic: found.magic)
        freeBytes = found.free_bytes
        totalBytes = found.total_bytes
        isReadOnly = found.read_only != 0
        var text = [CChar](repeating: 0, count: 37)
        if existing.withPlatformString({ chost_volume_uuid($0, &text) }) == 0 {
            identifier = String(decoding: text.prefix(36).map(UInt8.init(bitPattern:)), as: UTF8.self)
        } else {
            let device = try FileSystem.requireStatus(existing, followLinks: true).device
            identifier = "device-" + String(device, radix: 16)
        }
    }
}

extension FileSystem {
    /// Returns how many bytes this user may still write at `path`.
    public static func freeBytes(at path: FilePath) throws(HostError) -> Int64 { try Volume(of: path).freeBytes }
    /// Whether a file in `directory` could grow by a little: neither the disk is full nor the user's quota used up.
    ///
    /// Writes to a file without a name, because no number says what a quota leaves. Whatever else is wrong is not told here.
    public static func hasRoom(in directory: FilePath) -> Bool {
        do throws(HostError) {
            let file = try TreeCopy.unnamedFile(in: directory)
            try write([UInt8](repeating: 1, count: 128 << 10), to: file.descriptor, at: directory)
            return true
        } catch {
            guard case .failed(_, _, let code) = error else { return true }
            return code != .noSpace && code != .diskQuotaExceeded
        }
    }
    /// Returns the kind of file system at `path`.
    public static func kind(at path: FilePath) throws(HostError) -> Volume.Kind { try Volume(of: path).kind }
    /// Whether `path` is reached over a network, or may be.
    public static func isNetwork(at path: FilePath) throws(HostError) -> Bool { try Volume(of: path).isNetwork }
    /// Returns the identifier of the file system at `path`.
    public static func identifier(at path: FilePath) throws(HostError) -> String { try Volume(of: path).identifier }

    /// Whether both paths, or the closest directories above them that exist, lie on one file system.
    ///
    /// Subvolumes of one btrfs count as one: files can be cloned between them, though not renamed or hard-linked.
    public static func isSameFileSystem(_ one: FilePath, _ other: FilePath) throws(HostError) -> Bool {
        let first = try requireStatus(try closestExisting(one), followLinks: true).device
        let second = try requireStatus(try closestExisting(other), followLinks: true).device
        if first == second { return true }
        let volume = try Volume(of: one)
        let otherIdentifier = try Volume(of: other).identifier
        return volume.kind == .btrfs && volume.identifier == otherIdentifier
    }
}

extension Volume.Kind {
    /// Sources: `statfs(2)`, `linux/magic.h`.
    init(magic: UInt64) {
        self =
            switch magic {
            case 0xEF53: .ext4
            case 0x9123_683E: .btrfs
            case 0x5846_5342: .xfs
            case 0x0102_1994: .tmpfs
            case 0x794C_7630: .overlay
            case 0x2FC1_2FC1: .zfs
            case 0x6969: .nfs
            case 0x517B, 0xFE53_4D42, 0xFF53_4D42: .smb
            case 0x6573_5546: .fuse
            case 0x0102_1997: .v9fs
            default: .other(magic)
            }
    }
}

/// AFS (both clients), Ceph, Coda, GFS2, Lustre, OCFS2. Sources: `linux/magic.h`, `lustre_user.h`.
private let networkMagic: Set<UInt64> = [
    0x5346_414F, 0x6B41_4653, 0x00C3_6400, 0x7375_7245, 0x0116_1970, 0x0BD0_0BD0, 0x7461_636F,
]

private func closestExisting(_ path: FilePath) throws(HostError) -> FilePath {
    var path = path.isEmpty ? "." : path
    while try FileSystem.status(path, followLinks: true) == nil {
        let parent = path.removingLastComponent()
        if parent == path { break }
        path = parent.isEmpty ? "." : parent
    }
    return path
}
