import CHost
import Glibc
import Model
import SystemPackage

extension FileSystem {
    /// Returns the content of a file of at most `limit` bytes.
    public static func readBytes(_ path: FilePath, limit: Int = 64 << 20) throws(HostError) -> [UInt8] {
        let file = try OpenFile(path, O_RDONLY, action: "read")
        let size = try FileStatus(descriptor: file.descriptor, path: path).size
        if size > Int64(limit) { throw .tooLarge(path, limit: limit) }
        var bytes = try reading(file.descriptor, at: path, upTo: max(Int(size) + 1, 4096))
        // Files in /proc say 0, and a file may grow meanwhile: read until there is no more.
        if size > 0, bytes.count <= Int(size) { return bytes }
        while true {
            if bytes.count > limit { throw .tooLarge(path, limit: limit) }
            let more = try reading(file.descriptor, at: path, upTo: 1 << 16)
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    /// Reads until `count` bytes are there, or the end.
    private static func reading(_ file: Int32, at path: FilePath, upTo count: Int) throws(HostError) -> [UInt8] {
        var failure: HostError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            guard let start = buffer.baseAddress else { return }
            do throws(HostError) {
                while filled < count {
                    let read = try call("read", path) { Glibc.read(file, start + filled, count - filled) }
                    if read == 0 { return }
                    filled += read
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Returns the content of a UTF-8 file of at most `limit` bytes.
    public static func readText(_ path: FilePath, limit: Int = 64 << 20) throws(HostError) -> String {
        guard let text = String(validating: try readBytes(path, limit: limit), as: UTF8.self) else {
            throw .notText(path)
        }
        return text
    }

    /// Puts `bytes` at `path` such that, whatever happens, the old content or the new is there: writes a sibling,
    /// syncs it, renames it over `path`, syncs the directory. A link at `path` is replaced, not followed.
    ///
    /// - Parameter isSynced: whether that holds for a power cut too, and not only for a killed process.
    public static func replace(
        _ path: FilePath, with bytes: [UInt8], mode: UInt32 = 0o644, isSynced: Bool = true
    ) throws(HostError) {
        let sibling = temporarySibling(of: path)
        do throws(HostError) {
            let file = try OpenFile(sibling, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, action: "write")
            try write(bytes, to: file.descriptor, at: path)
            try call("set the mode of", path) { fchmod(file.descriptor, mode) }
            if isSynced { try call("write", path) { fsync(file.descriptor) } }
            try file.close(path)
            try rename(sibling, to: path)
        } catch {
            // What failed is reported; a sibling that stays as well changes nothing about it.
            try? remove(sibling)
            throw error
        }
        if isSynced { try syncDirectory(path.removingLastComponent()) }
    }

    /// Puts the UTF-8 bytes of `text` at `path`, see `replace(_:with:mode:isSynced:)`.
    public static func replace(
        _ path: FilePath, withText text: String, mode: UInt32 = 0o644, isSynced: Bool = true
    ) throws(HostError) {
        try replace(path, with: Array(text.utf8), mode: mode, isSynced: isSynced)
    }

    /// Removes what `replace` left in a directory when it was killed; nobody may be replacing a file there just now.
    public static func removeTemporarySiblings(in directory: FilePath) throws(HostError) {
        for name in try list(directory) where name.string.hasPrefix(temporaryPrefix) {
            try remove(directory.appending(name))
        }
    }

    /// Waits until the names in a directory are on the disk.
    public static func syncDirectory(_ path: FilePath) throws(HostError) {
        let path = path.isEmpty ? "." : path
        let directory = try OpenFile(path, O_RDONLY | O_DIRECTORY, action: "sync")
        try call("sync", path) { fsync(directory.descriptor) }
    }

    /// Waits until everything on the file system of `path` is on the disk. Source: `syncfs(2)`.
    public static func syncFileSystem(of path: FilePath) throws(HostError) {
        let directory = try OpenFile(path, O_RDONLY, action: "sync")
        try call("sync", path) { chost_sync_file_system(directory.descriptor) }
    }
}

/// Returns a name beside `path` that nobody else uses.
///
/// It does not grow with the name of `path`, which may already be as long as a name may be.
func temporarySibling(of path: FilePath) -> FilePath {
    path.removingLastComponent().appending(temporaryPrefix + randomName())
}

/// How the name of a file begins that gets its own by a rename.
private let temporaryPrefix = ".headgate-"

/// Writes all of `bytes` to an open file.
func write(_ bytes: some Collection<UInt8>, to descriptor: Int32, at path: FilePath) throws(HostError) {
    let failure: HostError? =
        bytes.withContiguousStorageIfAvailable { writeAll($0, to: descriptor, at: path) }
        ?? Array(bytes).withUnsafeBufferPointer { writeAll($0, to: descriptor, at: path) }
    if let failure { throw failure }
}

private func writeAll(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32, at path: FilePath) -> HostError? {
    var rest = bytes[...]
    while !rest.isEmpty {
        let part = UnsafeBufferPointer(rebasing: rest)
        let count = Glibc.write(descriptor, part.baseAddress, part.count)
        if count >= 0 {
            rest = rest.dropFirst(count)
        } else if errno != EINTR {
            return .failed(action: "write", path: path, code: Errno(rawValue: errno))
        }
    }
    return nil
}
