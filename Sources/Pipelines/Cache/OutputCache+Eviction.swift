import HostSystem
import Model
import Persistence
import SystemPackage

extension OutputCache {
    /// The bytes that the cache takes on the disk.
    public func size() throws -> Int64 {
        guard FileSystem.isDirectory(directory) else { return 0 }
        return try TreeWalk.list(directory).reduce(0) { $0 + ($1.status.kind == .file ? $1.status.allocated : 0) }
    }

    /// Forgets the least recently used results until the cache is no larger than `limit`.
    ///
    /// Contents that no result names, and what killed runs left, go first. Runs may go on meanwhile: a result is
    /// forgotten before its contents are removed, and one whose contents are gone is rebuilt.
    ///
    /// - Parameter keeping: keys of steps that a verdict, publication or environment needs.
    /// - Returns: the bytes freed.
    public func prune(limit: ByteCount, keeping: Set<ContentHash>, store: StateStore) throws -> Int64 {
        guard FileSystem.isDirectory(directory) else { return 0 }
        let before = try size()
        try removeLeftovers(now: SystemClock.now())
        try removeUnnamed(named: try store.namedContents(), now: SystemClock.now())
        var total = try size()
        for result in try store.cachedResultsByUse() where !keeping.contains(result.key) {
            if total <= limit.bytes { break }
            for hash in try store.deleteCachedResults([result.key]) {
                let file = path(of: hash)
                total -= try FileSystem.status(file)?.allocated ?? 0
                try FileSystem.remove(file)
                try FileSystem.remove(FilePath(file.string + ".at"))
            }
        }
        return max(0, before - (try size()))
    }

    /// How long a file may be there before it counts as left behind by a run that was killed.
    private static let grace: Int64 = 86_400 * 1_000_000_000

    private func removeLeftovers(now: Timestamp) throws {
        let folder = directory.appending("tmp")
        guard FileSystem.isDirectory(folder) else { return }
        for entry in try TreeWalk.list(folder) where isOld(entry.status, now) {
            try FileSystem.removeTree(folder.pushing(entry.path), within: folder)
        }
    }

    private func removeUnnamed(named: Set<ContentHash>, now: Timestamp) throws {
        for entry in try TreeWalk.list(directory) where entry.status.kind == .file && isOld(entry.status, now) {
            let name = entry.path.lastComponent?.string ?? ""
            let stem = name.hasSuffix(".at") ? String(name.dropLast(3)) : name
            guard let hash = ContentHash(hex: stem), entry.path.components.count == 2,
                entry.path.components.first?.string == hash.prefix(2), !named.contains(hash)
            else { continue }
            try FileSystem.remove(directory.pushing(entry.path))
        }
    }

    private func isOld(_ status: FileStatus, _ now: Timestamp) -> Bool {
        now.nanoseconds - status.changed.nanoseconds > OutputCache.grace
    }
}
