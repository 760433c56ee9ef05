import CHost
import Glibc
import Model
import SystemPackage

/// Copies the files and links of one `TreeCopy`.
///
/// Every call that can be left out counts: with many small files the time goes into changes of inodes, so that a file
/// is created with its mode and owner where that is possible.
struct FileCopier: Sendable {
    private let options: TreeCopy
    private let source: FilePath
    private let target: FilePath
    private let tally: CopyTally

    init(_ options: TreeCopy, from source: FilePath, to target: FilePath, _ tally: CopyTally) {
        self.options = options
        self.source = source
        self.target = target
        self.tally = tally
    }

    /// Copies a file or link; its directory is there.
    func copy(_ entry: TreeEntry) throws(HostError) {
        let from = entry.path.isEmpty ? source : source.pushing(entry.path)
        let to = entry.path.isEmpty ? target : target.pushing(entry.path)
        if entry.status.kind == .symbolicLink {
            try FileSystem.symbolicLink(at: to, to: try FileSystem.readLink(from))
            try FileSystem.setModified(to, entry.status.modified)
            return tally.add(.copied)
        }
        if try link(entry, from: to) {
            tally.add(bytes: entry.status.size)
            return tally.add(.linked)
        }
        // O_NOFOLLOW, O_NONBLOCK: what was listed may have become a link or a pipe meanwhile.
        let original = try OpenFile(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, action: "copy")
        let mode = mode(entry.status)
        let copy = try OpenFile(to, O_WRONLY | O_CREAT | O_EXCL, mode: mode & 0o777, action: "copy to")
        do throws(HostError) {
            let way = try copyContent(entry.status, original.descriptor, copy.descriptor, from: from, to: to)
            try copyAttributes(from: original.descriptor, to: copy.descriptor, at: to)
            try applyStatus(entry.status, mode: mode, to: copy.descriptor, at: to)
            try checkUnchanged(original.descriptor, entry, at: from)
            try copy.close(to)
            tally.add(way)
        } catch {
            // A file that is no longer what was listed is the reason for whatever went wrong with it.
            try checkUnchanged(original.descriptor, entry, at: from)
            throw error
        }
    }

    /// Gives a directory its attributes, once everything in it is there.
    func finish(_ directory: TreeEntry) throws(HostError) {
        let from = directory.path.isEmpty ? source : source.pushing(directory.path)
        let path = directory.path.isEmpty ? target : target.pushing(directory.path)
        let original = try OpenFile(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, action: "copy")
        let copy = try OpenFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, action: "copy")
        try copyAttributes(from: original.descriptor, to: copy.descriptor, at: path)
        let mode = options.makeWritable ? directory.status.mode | 0o700 : directory.status.mode
        try applyStatus(directory.status, mode: mode, to: copy.descriptor, at: path)
    }

    private func checkUnchanged(_ original: Int32, _ entry: TreeEntry, at path: FilePath) throws(HostError) {
        guard try FileStatus(descriptor: original, path: path).isUnchanged(since: entry.status) else {
            throw .changedWhileRead(path)
        }
    }

    private func mode(_ status: FileStatus) -> UInt32 {
        let mode = options.makeReadOnly ? status.mode & ~0o222 : status.mode
        return options.makeWritable ? mode | 0o600 : mode
    }

    /// Hard-links the file of the earlier copy, if there is an equal one.
    private func link(_ entry: TreeEntry, from path: FilePath) throws(HostError) -> Bool {
        guard let earlier = options.unchangedFrom else { return false }
        let candidate = entry.path.isEmpty ? earlier : earlier.pushing(entry.path)
        guard let status = try FileSystem.status(candidate), status.kind == .file, status.size == entry.status.size,
            status.modified == entry.status.modified, status.mode == mode(entry.status)
        else { return false }
        let result = candidate.withPlatformString { candidate in path.withPlatformString { Glibc.link(candidate, $0) } }
        if result == 0 { return true }
        // EMLINK: the file has all the names it may have. EXDEV, EPERM: the earlier copy cannot be linked here.
        if [EMLINK, EXDEV, EPERM].contains(errno) { return false }
        throw .failed(action: "link", path: path, code: Errno(rawValue: errno))
    }

    private func copyContent(
        _ status: FileStatus, _ original: Int32, _ copy: Int32, from: FilePath, to: FilePath
    ) throws(HostError) -> CopyTally.Way {
        if options.method != .bytes, status.size > 0 {
            if chost_clone_file(copy, original) == 0 {
                tally.add(bytes: status.size)
                return .reflinked
            }
            let code = Errno(rawValue: errno)
            if code == .noSpace || code == .diskQuotaExceeded || code == .ioError {
                throw .failed(action: "copy to", path: to, code: code)
            }
            if options.method == .reflink { throw .unsupported(feature: "reflinks", path: to.removingLastComponent()) }
        }
        if status.allocated < status.size {
            try copySegments(status.size, original, copy, from: from, to: to)
        } else {
            try copyRange(0, status.size, original, copy, from: from, to: to)
        }
        return .copied
    }

    /// Copies what holds data and leaves the holes. Source: `lseek(2)`, SEEK_DATA and SEEK_HOLE.
    private func copySegments(
        _ size: Int64, _ original: Int32, _ copy: Int32, from: FilePath, to: FilePath
    ) throws(HostError) {
        let seekData: Int32 = 3
        let seekHole: Int32 = 4
        var position: Int64 = 0
        while position < size {
            let start = Int64(lseek(original, off_t(position), seekData))
            // ENXIO: nothing but a hole is left.
            if start < 0, errno == ENXIO { break }
            if start < 0 { throw .failed(action: "read", path: from, code: Errno(rawValue: errno)) }
            let end = Int64(try call("read", from) { lseek(original, off_t(start), seekHole) })
            tally.add(bytes: start - position)
            try copyRange(start, min(end, size), original, copy, from: from, to: to)
            position = min(end, size)
        }
        if position < size { tally.add(bytes: size - position) }
        try call("write", to) { ftruncate(copy, off_t(size)) }
    }

    /// Copies the bytes `start` ..< `end` within the kernel where it can.
    private func copyRange(
        _ start: Int64, _ end: Int64, _ original: Int32, _ copy: Int32, from: FilePath, to: FilePath
    ) throws(HostError) {
        try call("read", from) { lseek(original, off_t(start), SEEK_SET) }
        try call("write", to) { lseek(copy, off_t(start), SEEK_SET) }
        var position = start
        while position < end {
            let count = chost_copy_range(original, copy, Int(min(end - position, 64 << 20)))
            if count > 0 {
                position += Int64(count)
                tally.add(bytes: Int64(count))
                continue
            }
            if count == 0 { throw .changedWhileRead(from) }
            switch errno {
            case EINTR: continue
            case EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EBADF, EPERM:
                return try copyThroughMemory(position, end, original, copy, from: from, to: to)
            default: throw .failed(action: "copy to", path: to, code: Errno(rawValue: errno))
            }
        }
    }

    private func copyThroughMemory(
        _ start: Int64, _ end: Int64, _ original: Int32, _ copy: Int32, from: FilePath, to: FilePath
    ) throws(HostError) {
        var buffer = [UInt8](repeating: 0, count: Int(min(end - start, 1 << 20)))
        var position = start
        while position < end {
            let wanted = Int(min(end - position, Int64(buffer.count)))
            let count = try call("read", from) { pread(original, &buffer, wanted, off_t(position)) }
            if count == 0 { throw .changedWhileRead(from) }
            try write(buffer[..<count], to: copy, at: to)
            position += Int64(count)
            tally.add(bytes: Int64(count))
        }
    }
}

/// Gives an open copy its owner (as root), mode and time, as far as it does not have them already.
private func applyStatus(_ wanted: FileStatus, mode: UInt32, to copy: Int32, at path: FilePath) throws(HostError) {
    var status = try FileStatus(descriptor: copy, path: path)
    if CurrentProcess.userID == 0, (status.owner, status.group) != (wanted.owner, wanted.group) {
        // Before the mode: a change of owner takes the set-user-id bits away. Some file systems have no owners.
        if fchown(copy, wanted.owner, wanted.group) == 0 { status.mode &= 0o777 }
    }
    if status.mode != mode { try call("set the mode of", path) { fchmod(copy, mode) } }
    let times = [timespec(tv_sec: 0, tv_nsec: omitTime), timespec(wanted.modified)]
    try call("set the time of", path) { futimens(copy, times) }
}

/// Copies the extended attributes between open files; those that the target cannot hold are left out, as `cp -a` does.
///
/// Source: `xattr(7)`.
func copyAttributes(from original: Int32, to copy: Int32, at path: FilePath) throws(HostError) {
    try call("copy the attributes of", path) { chost_copy_attributes(original, copy) }
}
