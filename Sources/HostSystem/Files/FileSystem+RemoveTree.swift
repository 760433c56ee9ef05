import CHost
import Glibc
import SystemPackage

extension FileSystem {
    /// Removes a file or a whole tree that lies strictly beneath `root`, which exists; nothing there is fine.
    ///
    /// Links are removed, never followed, also above `path`; read-only directories are made writable first, btrfs
    /// subvolumes deleted whole. A mount inside is an error, with nothing of it removed.
    ///
    /// - Throws: `HostError.outside` when `path` does not lie strictly beneath `root`.
    public static func removeTree(_ path: FilePath, within root: FilePath) throws(HostError) {
        var inside = path
        guard inside.removePrefix(root), !inside.isEmpty,
            inside.components.allSatisfy({ $0.kind == .regular }), let name = inside.lastComponent
        else { throw .outside(path, root: root) }
        let top = try OpenFile(root, chost_place | O_DIRECTORY, action: "open")
        let parentPath = inside.removingLastComponent()
        let parent = (parentPath.isEmpty ? FilePath(".") : parentPath).withPlatformString {
            chost_open_beneath(top.descriptor, $0, UInt64(O_RDONLY | O_DIRECTORY), 0)
        }
        guard parent >= 0 else {
            let code = Errno(rawValue: errno)
            if code == .noSuchFileOrDirectory { return }
            // ELOOP, ENOTDIR: a link stands above `path`. EXDEV: it would leave the root.
            if code == .tooManySymbolicLinkLevels || code == .improperLink || code == .notDirectory {
                throw .outside(path, root: root)
            }
            throw .failed(action: "remove", path: path, code: code)
        }
        FaultPoints.changing(.removal)
        let directory = OpenFile(owning: parent)
        let removal = TreeRemoval(mount: try mount(of: directory.descriptor, at: path))
        try removal.remove(zeroEnded(name), of: directory.descriptor, at: path)
    }
}

/// Removes entries as long as they lie on one mount.
private struct TreeRemoval {
    let mount: UInt64

    /// Removes one entry of an open directory, with everything beneath it.
    func remove(_ name: UnsafePointer<CChar>, of parent: Int32, at path: FilePath) throws(HostError) {
        if try unlinked(name, of: parent, at: path, flags: 0) { return }
        let directory = try openWritable(name, of: parent, at: path)
        guard try HostSystem.mount(of: directory.descriptor, at: path) == mount else {
            throw .failed(action: "remove", path: path, code: .resourceBusy)
        }
        // Where the user may not delete subvolumes, the general way may still work.
        if Subvolume.isSubvolume(directory.descriptor), Subvolume.delete(name, directory.descriptor, of: parent) {
            return
        }
        try makeWritable(directory.descriptor, at: path)
        repeat {
            // Names are gathered first: a directory that changes while it is read may repeat or skip some.
            var names: [[CChar]] = []
            lseek(directory.descriptor, 0, SEEK_SET)
            try readNames(of: directory.descriptor, at: path) { name in
                names.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)))
            }
            for child in names {
                try remove(child, of: directory.descriptor, at: path.appending(child))
            }
        } while try !unlinked(name, of: parent, at: path, flags: AT_REMOVEDIR)
    }
}

/// Unlinks an entry; false when it is a directory (flags 0), or a directory that is not empty (AT_REMOVEDIR).
private func unlinked(
    _ name: UnsafePointer<CChar>, of parent: Int32, at path: FilePath, flags: Int32
) throws(HostError) -> Bool {
    while unlinkat(parent, name, flags) != 0 {
        switch errno {
        case EINTR: continue
        case ENOENT: return true
        case EISDIR where flags == 0: return false
        case ENOTEMPTY where flags == AT_REMOVEDIR: return false
        default: throw .failed(action: "remove", path: path, code: Errno(rawValue: errno))
        }
    }
    return true
}

/// Opens a directory for reading, giving its owner access first where the mode withholds it.
///
/// O_NOFOLLOW: a link put here meanwhile is an error, not a way out.
private func openWritable(
    _ name: UnsafePointer<CChar>, of parent: Int32, at path: FilePath
) throws(HostError) -> OpenFile {
    let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let descriptor = openat(parent, name, flags | O_RDONLY)
    if descriptor >= 0 { return OpenFile(owning: descriptor) }
    guard errno == EACCES else { throw .failed(action: "remove", path: path, code: Errno(rawValue: errno)) }
    let place = OpenFile(owning: try call("remove", path) { openat(parent, name, flags | chost_place) })
    // fchmod refuses such a descriptor; its name in /proc leads to exactly the directory that is held.
    try call("remove", path) { chmod("/proc/self/fd/\(place.descriptor)", 0o700) }
    return OpenFile(owning: try call("remove", path) { openat(parent, name, flags | O_RDONLY) })
}

private func makeWritable(_ directory: Int32, at path: FilePath) throws(HostError) {
    let status = try FileStatus(descriptor: directory, path: path)
    if status.mode & 0o300 != 0o300 { try call("remove", path) { fchmod(directory, 0o700) } }
}

private func zeroEnded(_ name: FilePath.Component) -> [CChar] {
    name.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1)) }
}

private func mount(of descriptor: Int32, at path: FilePath) throws(HostError) -> UInt64 {
    var mount: UInt64 = 0
    try call("remove", path) { chost_mount(descriptor, &mount) }
    return mount
}

extension FilePath {
    /// Appends a name as the kernel gave it, which is never empty and holds no slash.
    fileprivate func appending(_ name: [CChar]) -> FilePath {
        FilePath.Component(platformString: name).map { appending($0) } ?? self
    }
}
