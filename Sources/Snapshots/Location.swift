import Glibc
import HostSystem
import Model
import SystemPackage

/// A source's location as it was found at one moment.
struct Location: Sendable {
    /// Absolute, links resolved.
    let path: FilePath
    let isSingleFile: Bool
    /// In the order of the bytes of the paths.
    let entries: [ManifestEntry]

    /// Where an entry lies.
    func path(of entry: ManifestEntry) -> FilePath { isSingleFile ? path : path.pushing(entry.path) }

    var files: Int { entries.count { $0.kind != .directory } }
    var bytes: Int64 { entries.reduce(0) { $0 + ($1.kind == .file ? $1.size : 0) } }

    /// Looks at a location: one stat per file.
    ///
    /// Files written just now are given time to settle, so that a later change cannot bear the same time stamp; see
    /// `isUnsettled`.
    ///
    /// - Throws: `SnapshotError` when it is missing, empty, unreadable, loops or holds what cannot be pinned.
    static func look(at path: FilePath, source: Source, width: Int) async throws -> Location {
        let resolved = try resolve(path, source: source.name)
        for _ in 0..<3 {
            let location = try list(resolved, source: source, width: width)
            // The kernel's stamps are compared with the kernel's clock, whatever time the program is told.
            let now = SystemClock.now()
            guard let wait = location.entries.compactMap({ unsettledNanoseconds($0, now: now) }).max() else {
                return location
            }
            try await Task.sleep(nanoseconds: wait)
        }
        return try list(resolved, source: source, width: width)
    }

    /// Returns the location with its links resolved.
    static func resolve(_ path: FilePath, source: String) throws -> FilePath {
        do {
            let resolved = try FileSystem.canonical(path)
            guard FilePath(resolved.string) == resolved else {
                throw SnapshotError.locationNotText(source: source, path)
            }
            return resolved
        } catch HostError.failed(_, _, let code) {
            switch code {
            case .noSuchFileOrDirectory, .notDirectory: throw SnapshotError.locationMissing(source: source, path)
            case .tooManySymbolicLinkLevels: throw SnapshotError.locationLoops(source: source, path)
            default: throw SnapshotError.locationUnreadable(source: source, path, code)
            }
        }
    }

    /// Lists the location without waiting for it to settle; `path` has no links.
    static func list(_ path: FilePath, source: Source, width: Int) throws -> Location {
        guard let status = try FileSystem.status(path) else {
            throw SnapshotError.locationMissing(source: source.name, path)
        }
        switch status.kind {
        case .file:
            return Location(
                path: path, isSingleFile: true, entries: try singleFile(path, status, source: source))
        case .directory where source.kind == .files:
            let entries = try directory(path, source: source.name, width: width)
            return Location(path: path, isSingleFile: false, entries: entries)
        default:
            throw SnapshotError.unsupportedFile(source: source.name, path, kind: status.kind.words)
        }
    }

    private static func singleFile(_ path: FilePath, _ status: FileStatus, source: Source) throws -> [ManifestEntry] {
        try requireReadable(path, source: source.name)
        guard let name = path.lastComponent else { throw SnapshotError.locationMissing(source: source.name, path) }
        let file = ManifestEntry(path: FilePath(root: nil, [name]), status)
        guard let suffix = source.kind.logSuffix else { return [file] }
        func noted(_ entry: ManifestEntry) -> ManifestEntry { source.kind == .sqlite ? timed(entry) : entry }
        // What was committed last may stand in the write-ahead log only.
        let log = path.removingLastComponent().appending(name.string + suffix)
        guard let logStatus = try FileSystem.status(log), logStatus.size > 0 else { return [noted(file)] }
        return [noted(file), noted(ManifestEntry(path: FilePath(name.string + suffix), logStatus))]
    }

    /// SQLite, run by root, sets a log's owner whenever it opens it, which changes the change time and nothing else.
    private static func timed(_ entry: ManifestEntry) -> ManifestEntry {
        var entry = entry
        entry.changed = entry.modified
        return entry
    }

    private static func directory(_ path: FilePath, source: String, width: Int) throws -> [ManifestEntry] {
        let tree: [TreeEntry]
        do {
            tree = try TreeWalk.list(path, width: width)
        } catch HostError.failed(_, let place, let code) {
            throw SnapshotError.locationUnreadable(source: source, place, code)
        }
        if tree.isEmpty { throw SnapshotError.locationEmpty(source: source, path) }
        return try tree.compactMap { try manifestEntry($0, at: path, source: source) }
    }

    private static func manifestEntry(_ entry: TreeEntry, at path: FilePath, source: String) throws -> ManifestEntry? {
        switch entry.status.kind {
        case .file:
            // What everybody may read is not asked about.
            if entry.status.mode & 0o004 == 0 { try requireReadable(path.pushing(entry.path), source: source) }
            return ManifestEntry(entry, target: nil)
        case .directory:
            return ManifestEntry(entry, target: nil)
        case .symbolicLink:
            do {
                return ManifestEntry(entry, target: try FileSystem.readLink(path.pushing(entry.path)))
            } catch HostError.failed(_, _, .noSuchFileOrDirectory) {
                return nil  // It vanished since it was listed, as files may.
            }
        case .socket, .fifo, .device:
            throw SnapshotError.unsupportedFile(
                source: source, path.pushing(entry.path), kind: entry.status.kind.words)
        }
    }

    private static func requireReadable(_ path: FilePath, source: String) throws {
        guard path.withPlatformString({ access($0, R_OK) }) != 0 else { return }
        throw SnapshotError.locationUnreadable(source: source, path, Errno(rawValue: errno))
    }

    /// How long until a change of the file is sure to get another time stamp; `nil` once it is.
    ///
    /// The kernel's clock for stamps moves every 1 to 10 ms; file systems without fractions of a second are given two
    /// seconds. Source: git `Documentation/technical/racy-git.txt`.
    private static func unsettledNanoseconds(_ entry: ManifestEntry, now: Timestamp) -> UInt64? {
        let isWholeSeconds = entry.changed.nanoseconds % 1_000_000_000 == 0
        let slack: Int64 = isWholeSeconds ? 2_000_000_000 : 20_000_000
        let age = now.nanoseconds - entry.changed.nanoseconds
        return age > -slack && age < slack ? UInt64(slack) : nil
    }
}

extension Location {
    /// The first path at which two looks at the location differ, or `nil` when nothing happened in between.
    func firstDifference(from earlier: [ManifestEntry]) -> FilePath? {
        for (now, was) in zip(entries, earlier) where !now.isUntouched(was) {
            return was.path.precedes(now.path) ? was.path : now.path
        }
        if entries.count > earlier.count { return entries[earlier.count].path }
        return entries.count < earlier.count ? earlier[entries.count].path : nil
    }
}

extension FilePath {
    /// Whether the path comes before another in the order of their bytes.
    func precedes(_ other: FilePath) -> Bool {
        withPlatformString { one in other.withPlatformString { strcmp(one, $0) < 0 } }
    }
}
