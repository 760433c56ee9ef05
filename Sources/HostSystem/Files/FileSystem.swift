import CHost
import Glibc
import Model
import SystemPackage

/// Asks and changes the file system; every function throws `HostError.failed` with the path it was about.
public enum FileSystem {
    /// Returns the status of `path`, or `nil` when nothing is there; the last link is followed only if asked.
    public static func status(_ path: FilePath, followLinks: Bool = false) throws(HostError) -> FileStatus? {
        let found = path.withPlatformString { FileStatus.look(AT_FDCWD, $0, followLinks: followLinks) }
        do throws(Errno) {
            return try found.get()
        } catch {
            throw .failed(action: "look at", path: path, code: error)
        }
    }

    /// Returns the status of `path`, which must be there.
    public static func requireStatus(_ path: FilePath, followLinks: Bool = false) throws(HostError) -> FileStatus {
        guard let status = try status(path, followLinks: followLinks) else {
            throw .failed(action: "look at", path: path, code: .noSuchFileOrDirectory)
        }
        return status
    }

    /// Whether anything, a dangling link included, is at `path`; a path that cannot be looked at counts as absent.
    public static func exists(_ path: FilePath) -> Bool {
        // A caller that must tell "absent" from "unreadable" asks `status`.
        (try? status(path)) != nil
    }

    /// Whether a directory, or a link to one, is at `path`.
    public static func isDirectory(_ path: FilePath) -> Bool {
        // As in `exists`.
        (try? status(path, followLinks: true))?.kind == .directory
    }

    /// Makes the directory and those above it; one that is there already is fine.
    public static func makeDirectories(_ path: FilePath, mode: UInt32 = 0o755) throws(HostError) {
        if isDirectory(path) { return }
        FaultPoints.changing(.directory)
        guard path.withPlatformString({ mkdir($0, mode) }) != 0 else { return }
        let code = Errno(rawValue: errno)
        if code == .fileExists || code == .isDirectory, isDirectory(path) { return }
        let parent = path.removingLastComponent()
        guard code == .noSuchFileOrDirectory, !parent.isEmpty, parent != path else {
            throw .failed(action: "make the directory", path: path, code: code)
        }
        try makeDirectories(parent, mode: mode)
        if path.withPlatformString({ mkdir($0, mode) }) != 0, !isDirectory(path) {
            throw .failed(action: "make the directory", path: path, code: Errno(rawValue: errno))
        }
    }

    /// Returns the names in a directory without `.` and `..`, in the order of their bytes.
    public static func list(_ directory: FilePath) throws(HostError) -> [FilePath.Component] {
        let open = try OpenFile(directory, O_RDONLY | O_DIRECTORY, action: "list")
        var names: [[CChar]] = []
        try readNames(of: open.descriptor, at: directory) { name in
            names.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)))
        }
        names.sort { strcmp($0, $1) < 0 }
        return names.compactMap { FilePath.Component(platformString: $0) }
    }

    /// Moves `from` to `to`; a file at `to` is replaced unless `replacing` is false.
    public static func rename(_ from: FilePath, to target: FilePath, replacing: Bool = true) throws(HostError) {
        FaultPoints.changing(.rename)
        let flags = replacing ? 0 : UInt32(CHOST_RENAME_NOREPLACE)
        try call("rename \(from) to", target) {
            from.withPlatformString { from in target.withPlatformString { chost_rename(from, $0, flags) } }
        }
    }

    /// Makes a symbolic link at `path` that holds `target` as it is.
    public static func symbolicLink(at path: FilePath, to target: FilePath) throws(HostError) {
        FaultPoints.changing(.file)
        try call("make the link", path) {
            path.withPlatformString { path in target.withPlatformString { symlink($0, path) } }
        }
    }

    /// Makes a second name for a file; a link is not followed.
    public static func hardLink(at path: FilePath, to existing: FilePath) throws(HostError) {
        FaultPoints.changing(.file)
        try call("make the hard link", path) {
            path.withPlatformString { path in existing.withPlatformString { link($0, path) } }
        }
    }

    /// Returns what a symbolic link holds.
    public static func readLink(_ path: FilePath) throws(HostError) -> FilePath {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        try call("read the link", path) {
            path.withPlatformString { readlink($0, &buffer, buffer.count - 1) }
        }
        return FilePath(platformString: buffer)
    }

    /// Removes a file or link; nothing there is fine.
    public static func remove(_ path: FilePath) throws(HostError) {
        FaultPoints.changing(.removal)
        if path.withPlatformString({ unlink($0) }) != 0, errno != ENOENT {
            throw .failed(action: "remove", path: path, code: Errno(rawValue: errno))
        }
    }

    /// Removes an empty directory.
    public static func removeDirectory(_ path: FilePath) throws(HostError) {
        FaultPoints.changing(.removal)
        try call("remove the directory", path) { path.withPlatformString { rmdir($0) } }
    }

    /// Sets the permission bits; a link is followed.
    public static func setMode(_ path: FilePath, _ mode: UInt32) throws(HostError) {
        try call("set the mode of", path) { path.withPlatformString { chmod($0, mode) } }
    }

    /// Sets when the content last changed; a link is not followed.
    public static func setModified(_ path: FilePath, _ time: Timestamp) throws(HostError) {
        let times = [timespec(tv_sec: 0, tv_nsec: omitTime), timespec(time)]
        try call("set the time of", path) {
            path.withPlatformString { utimensat(AT_FDCWD, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }
}

/// UTIME_OMIT: leaves a time as it is. A macro that the importer does not see. Source: `utimensat(2)`.
let omitTime = (1 << 30) - 2

extension timespec {
    init(_ time: Timestamp) {
        self.init(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds - time.seconds * 1_000_000_000))
    }
}

/// Calls `body` with each name in an open directory, without `.` and `..`, in no order.
func readNames(
    of directory: Int32, at path: FilePath, _ body: (UnsafePointer<CChar>) -> Void
) throws(HostError) {
    // The layout of `struct linux_dirent64`: inode 8, offset 8, record length 2, type 1, name. Source: getdents(2).
    let nameOffset = 19
    let lengthOffset = 16
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    defer { buffer.deallocate() }
    while true {
        let count = try call("list", path) { chost_read_directory(directory, buffer.baseAddress, buffer.count) }
        if count == 0 { return }
        var offset = 0
        while offset < count {
            let length = Int(buffer.loadUnaligned(fromByteOffset: offset + lengthOffset, as: UInt16.self))
            // The kernel ends every name with a zero within its record.
            let name = buffer.baseAddress! + offset + nameOffset
            if !isDots(name) { body(name.assumingMemoryBound(to: CChar.self)) }
            offset += length
        }
    }
}

private func isDots(_ name: UnsafeRawPointer) -> Bool {
    let dot = UInt8(ascii: ".")
    let bytes = name.assumingMemoryBound(to: UInt8.self)
    guard bytes[0] == dot else { return false }
    return bytes[1] == 0 || (bytes[1] == dot && bytes[2] == 0)
}
