import HostSystem
import Model
import Persistence
import SystemPackage

/// The data snapshots of one repository: immutable copies of sources, each with a manifest beside it.
///
///     <root>/<source>/<id>            the data; absent for a pin in place
///     <root>/<source>/<id>.manifest   what was pinned
///     <root>/<source>/.building-<id>  being made; renamed once complete
///     <root>/<source>/.removing-<id>  being deleted
///     <root>/.lock                    held shared while building, exclusively while cleaning up
///
/// A data snapshot exists when both its data and its manifest do. The manifest is written first and the data renamed
/// into place last, so that a killed process leaves what `recover` knows for a leftover.
public struct SnapshotStore: Sendable {
    /// By convention `<workspaces root>/.store/snapshots`, absolute.
    public let root: FilePath
    /// Remembers the hashes of what is copied; `nil` where there is no state directory.
    public let hashes: HashCache?
    /// Says when a pin was made.
    public let time: TimeSource
    /// How many files are looked at, read or copied at once.
    public let width: Int
    let faults: FaultPoints
    /// Finds DuckDB's program where it is needed; `nil` where there is none.
    let duckDB: @Sendable () -> FilePath?

    public init(
        root: FilePath, hashes: HashCache? = nil, time: TimeSource, width: Int = 2, faults: FaultPoints = .none,
        duckDB: @escaping @Sendable () -> FilePath? = { nil }
    ) {
        self.root = root
        self.hashes = hashes
        self.time = time
        self.width = max(1, width)
        self.faults = faults
        self.duckDB = duckDB
    }

    /// Returns where the pinned data lies: in the store, or for a pin in place its location; a file for a
    /// single-file source.
    public func dataPath(of pin: Pin) -> FilePath {
        switch pin.kind {
        case .inPlace, .template, .fingerprint:
            return FilePath(pin.location)
        case .subvolume, .reflink, .copy:
            let directory = root.pushing(FilePath(pin.id))
            guard pin.isSingleFile, let name = FilePath(pin.location).lastComponent else { return directory }
            return directory.appending(name)
        }
    }

    /// Returns what a link at `path` of `workspace` must hold to lead to the pinned data.
    ///
    /// - Parameters:
    ///   - path: relative to the workspace.
    ///   - workspace: absolute, links resolved.
    public func relativeLink(from workspace: FilePath, path: String, to pin: Pin) -> FilePath {
        let link = workspace.pushing(FilePath(path)).lexicallyNormalized()
        return relativePath(from: link.removingLastComponent(), to: dataPath(of: pin).lexicallyNormalized())
    }

    /// The folder of one source; a name that is no plain file name is replaced by its hash.
    static func folder(of source: String) -> String {
        let isPlain =
            !source.isEmpty && !source.hasPrefix(".") && source.utf8.count <= 128
            && source.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 >= 32 && $0 != 127 }
        return isPlain ? source : "source-" + ContentHash(of: source).prefix(16)
    }

    func directory(of source: String) -> FilePath { root.appending(Self.folder(of: source)) }

    func manifestPath(_ id: String) -> FilePath { root.pushing(FilePath(id + ".manifest")) }

    /// Returns the manifest of the pin `id`.
    ///
    /// - Throws: `SnapshotError.snapshotMissing` or `.manifestDamaged`.
    func manifest(_ id: String) throws -> Manifest {
        let path = manifestPath(id)
        guard try FileSystem.status(path) != nil else { throw SnapshotError.snapshotMissing(pin: id, path) }
        guard let manifest = Manifest(text: try FileSystem.readBytes(path, limit: 4 << 30)) else {
            throw SnapshotError.manifestDamaged(path)
        }
        return manifest
    }

    /// Holds the store for building (shared) or cleaning up (exclusive).
    func lock(_ mode: LockMode) async throws -> HeldLock {
        try FileSystem.makeDirectories(root)
        do {
            // Deleting takes moments, building may take hours: who deletes does not wait for that.
            let patience = TimeSpan(seconds: mode == .shared ? 600 : 30)
            return try await HeldLock(at: root.appending(".lock"), mode: mode, wait: .upTo(patience))
        } catch HostError.locked {
            throw SnapshotError.storeBusy(root)
        }
    }
}

/// Returns `target` as seen from `directory`; both absolute and without `.` and `..`.
func relativePath(from directory: FilePath, to target: FilePath) -> FilePath {
    let from = Array(directory.components)
    let to = Array(target.components)
    var common = 0
    while common < from.count, common < to.count, from[common] == to[common] { common += 1 }
    var path = FilePath()
    for _ in common..<from.count { path.append("..") }
    for component in to[common...] { path.append(component) }
    return path.isEmpty ? "." : path
}
