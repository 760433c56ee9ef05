import Crypto
import Glibc
import Model
import SystemPackage

/// Hashes the content of files with SHA-256.
public enum FileHasher {
    /// Returns the hash of a file's content; a link is followed.
    ///
    /// - Throws: `HostError.changedWhileRead` when size, times or identity differ before and after.
    public static func hash(_ path: FilePath) throws(HostError) -> ContentHash {
        // O_NONBLOCK: a named pipe would otherwise be waited for.
        let file = try OpenFile(path, O_RDONLY | O_NONBLOCK, action: "read")
        let before = try FileStatus(descriptor: file.descriptor, path: path)
        guard before.kind == .file else {
            throw .failed(action: "read", path: path, code: before.kind == .directory ? .isDirectory : .invalidArgument)
        }
        posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let size = Int(min(max(before.size, 4096), Int64(bufferSize)))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { buffer.deallocate() }
        var hasher = SHA256()
        var total: Int64 = 0
        while total < before.size || before.size == 0 {
            let count = try call("read", path) { read(file.descriptor, buffer.baseAddress, buffer.count) }
            if count == 0 { break }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            total += Int64(count)
        }
        let after = try FileStatus(descriptor: file.descriptor, path: path)
        let named = try FileSystem.status(path, followLinks: true)
        guard total == before.size, after.isUnchanged(since: before), named?.isUnchanged(since: before) == true else {
            throw .changedWhileRead(path)
        }
        return ContentHash(hasher.finalize())
    }

    /// Returns the hashes of `paths`, in their order, reading `width` files at once.
    public static func hash(_ paths: [FilePath], width: Int) async throws -> [ContentHash] {
        // Many small files at a time, so that handing out work costs nothing.
        let batch = max(1, min(64, paths.count / max(1, width * 4)))
        let starts = Array(stride(from: 0, to: paths.count, by: batch))
        let hashes = try await BlockingWork.run(count: starts.count, width: width) { number in
            let slice = paths[starts[number]..<min(starts[number] + batch, paths.count)]
            return try slice.map { try hash($0) }
        }
        return hashes.flatMap { $0 }
    }

    private static let bufferSize = 1 << 20
}
