import HostSystem
import Model
import Persistence
import SystemPackage

/// An earlier copy in the store, whose unchanged files a new one shares.
struct CopyBase: Sendable {
    let manifest: Manifest
    /// Where its data lies.
    let data: FilePath
}

/// Something happened to the location while it was being copied.
struct LocationChanged: Error {
    let path: FilePath
}

/// Makes one data snapshot in a directory of its own, and completes its manifest.
struct SnapshotBuilder {
    let store: SnapshotStore
    let source: Source
    let location: Location
    let base: CopyBase?
    let target: FilePath
    let progress: (@Sendable (Int64, Int64) -> Void)?

    /// - Throws: `LocationChanged` when the location was written to meanwhile.
    func build(_ manifest: inout Manifest) async throws {
        switch manifest.kind {
        case .subvolume:
            try Subvolume.snapshot(location.path, to: target, readOnly: true)
            // The snapshot was taken at one moment; what it holds is the truth, not the look before.
            manifest.entries = try Location.list(target, source: source, width: store.width).entries
        case .reflink:
            try await copy(.reflink)
            _ = try compareCopy()
        case .copy where source.kind == .sqlite:
            try backUp()
            manifest.entries[0].hash = try FileHasher.hash(target.pushing(location.entries[0].path))
        case .copy where source.kind == .duckdb:
            try requireSpace()
            try FileSystem.makeDirectories(target)
            let copy = try await DuckDBCopy(source: source.name, database: location.path, program: store.duckDB)
                .copy(into: target)
            let now = try Location.list(location.path, source: source, width: 1)
            if now.firstDifference(from: location.entries) != nil { throw LocationChanged(path: location.path) }
            manifest.entries[0].hash = try FileHasher.hash(copy)
        case .copy:
            try requireSpace()
            try await copy(.bytes)
            manifest.entries = try await hashed(try compareCopy())
        case .inPlace, .template, .fingerprint:
            preconditionFailure("pins of kind \(manifest.kind.rawValue) have no data in the store")
        }
    }

    private func requireSpace() throws {
        let files = location.changedFiles(since: base?.manifest)
        let free = try FileSystem.freeBytes(at: store.root)
        guard files.reduce(0, { $0 + $1.size }) > free else { return }
        // Holes take no space, so that a sparse file may fit where its size does not.
        let needed = try files.reduce(0) { sum, file in
            sum + (try FileSystem.status(location.path(of: file))?.allocated ?? 0)
        }
        if needed > free {
            throw SnapshotError.notEnoughSpace(source: source.name, needed: needed, free: free, store.root)
        }
    }

    private func copy(_ method: TreeCopy.Method) async throws {
        // Clones move no bytes, and take no time worth telling.
        let copy = TreeCopy(
            method: method, width: store.width, makeReadOnly: true, progress: method == .bytes ? progress : nil)
        do {
            if location.isSingleFile {
                try FileSystem.makeDirectories(target)
                _ = try await copy.copy(location.path, to: target.pushing(location.entries[0].path))
            } else if let base, method == .bytes {
                try await IncrementalCopy(location: location, base: base, target: target, copy: copy).run()
            } else {
                _ = try await copy.copy(location.path, to: target)
            }
        } catch HostError.changedWhileRead(let path) {
            throw LocationChanged(path: path)
        } catch HostError.failed(_, let path, .noSuchFileOrDirectory) where path.starts(with: location.path) {
            throw LocationChanged(path: path)
        } catch HostError.unsupportedKind(let path, let kind) {
            throw SnapshotError.unsupportedFile(source: source.name, path, kind: kind.words)
        }
    }

    private func backUp() throws {
        try FileSystem.makeDirectories(target)
        let file = target.pushing(location.entries[0].path)
        do {
            try SQLiteBackup.copy(location.path, to: file)
        } catch PersistenceError.notDatabase {
            throw SnapshotError.notDatabase(source: source.name, location.path, "a SQLite database")
        }
        try FileSystem.setMode(file, 0o444)
    }

    /// Compares the location with how it was before the copy, and the copy with both.
    ///
    /// - Returns: the copy's entries, in the order of the location's.
    private func compareCopy() throws -> [ManifestEntry] {
        let now = try Location.list(location.path, source: source, width: store.width)
        if let path = now.firstDifference(from: location.entries) {
            throw LocationChanged(path: location.isSingleFile ? location.path : location.path.pushing(path))
        }
        let copied: [ManifestEntry]
        if location.isSingleFile {
            let name = location.entries[0].path
            copied = [ManifestEntry(path: name, try FileSystem.requireStatus(target.pushing(name)))]
        } else {
            copied = try Location.list(target, source: source, width: store.width).entries
        }
        for (original, copy) in zip(location.entries, copied)
        where original.path != copy.path || !original.looksLike(copy) {
            throw LocationChanged(path: location.path(of: original))
        }
        guard copied.count == location.entries.count else { throw LocationChanged(path: location.path) }
        return copied
    }

    /// Returns the location's entries with the hashes of what was copied, which the hash cache learns too.
    private func hashed(_ copied: [ManifestEntry]) async throws -> [ManifestEntry] {
        var entries = location.entries
        let known = base.map { Dictionary($0.manifest.entries.map { ($0.path, $0) }) { first, _ in first } } ?? [:]
        var unread: [Int] = []
        for index in entries.indices where entries[index].kind == .file {
            if let old = known[entries[index].path], old.isUntouched(entries[index]), let hash = old.hash {
                entries[index].hash = hash
            } else {
                unread.append(index)
            }
        }
        // The cache does not trust what was read right after it changed, and linking and copying are changes.
        try await Task.sleep(nanoseconds: 25_000_000)
        let began = SystemClock.now()
        let hashes = try await FileHasher.hash(unread.map { target.pushing(entries[$0].path) }, width: store.width)
        for (index, hash) in zip(unread, hashes) { entries[index].hash = hash }
        store.remember(copied, hashes: entries.map(\.hash), at: store.root, readingBegan: began)
        store.remember(entries, hashes: entries.map(\.hash), at: location.path, readingBegan: began)
        return entries
    }
}

extension SnapshotStore {
    /// Tells the hash cache the hashes of files on the file system of `place`.
    func remember(_ entries: [ManifestEntry], hashes known: [ContentHash?], at place: FilePath, readingBegan: Timestamp)
    {
        // Without a volume to name there is nothing to remember; the files are hashed again.
        guard let hashes, let volume = try? FileSystem.identifier(at: place) else { return }
        hashes.insert(
            zip(entries, known).compactMap { entry, hash in
                guard entry.kind == .file, let hash else { return nil }
                return HashCache.Entry(identity: entry.identity, hash: hash, readingBegan: readingBegan)
            }, on: volume)
    }
}

extension ManifestEntry {
    var identity: FileIdentity { FileIdentity(inode: inode, size: size, modified: modified, changed: changed) }
}
