import HostSystem
import Model
import SystemPackage

extension OutputCache {
    /// Puts what stood at a path together again at `place`, where nothing is.
    ///
    /// - Parameter otherwise: brings a file whose content the cache lacks, and returns whether it could.
    /// - Returns: false, with a part of it at `place`, when a content is not to be had undamaged.
    func put(
        _ snapshot: Snapshot, at place: FilePath,
        otherwise: (FileEntry, FilePath) async throws -> Bool = { _, _ in false }
    ) async throws -> Bool {
        var directories: [(FilePath, UInt32)] = []
        for entry in snapshot.entries {
            let path = place.appending(entry.path)
            switch entry.kind {
            case .directory:
                try FileSystem.makeDirectories(path)
                directories.append((path, entry.mode))
            case .link(let target):
                try FileSystem.symbolicLink(at: path, to: WorkspacePath(bytes: target).filePath)
            case .file:
                guard let hash = entry.hash else { return false }
                if try await put(hash, size: entry.size, mode: entry.mode, at: path) { continue }
                guard try await otherwise(entry, path) else { return false }
            }
        }
        // Innermost first, because a read-only directory takes no more files.
        for (path, mode) in directories.reversed() where mode & 0o777 != 0o755 {
            try FileSystem.setMode(path, mode & 0o777)
        }
        return true
    }
}
