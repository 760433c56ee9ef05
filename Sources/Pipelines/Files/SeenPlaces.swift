import HostSystem
import Model
import Persistence
import SystemPackage

/// The content of an index, as `RunIndex.save` wrote it.
struct SeenPlaces: Sendable {
    /// One directory; what is in it stays as it was written until it is asked for.
    struct Directory {
        var path: WorkspacePath
        var location: FilePath
        var value: String
        var portions: [Portion]
    }

    /// Some of the files of a directory.
    struct Portion {
        var count: Int
        var place: Range<Int>
    }

    let bytes: [UInt8]
    let fingerprint: ContentHash
    let isolation: IsolationLevel
    private(set) var directories: [Directory] = []
    private var places: [RunIndex.Place] = []
    private(set) var steps: [StepResult] = []

    /// Reads what `RunIndex.save` wrote; `nil` for anything else.
    init?(_ bytes: [UInt8]) {
        let start = RunIndex.magic.utf8.count
        guard bytes.count > start + 64, bytes.starts(with: RunIndex.magic.utf8) else { return nil }
        let end = bytes.count - 64
        guard String(decoding: bytes[end...], as: UTF8.self) == ContentHash(ofBytes: Array(bytes[..<end])).hex else {
            return nil
        }
        self.bytes = bytes
        var reader = ByteReader(bytes, start..<end)
        guard let fingerprint = ContentHash(hex: reader.text() ?? ""),
            let isolation = IsolationLevel(rawValue: reader.text() ?? "")
        else { return nil }
        self.fingerprint = fingerprint
        self.isolation = isolation
        guard let directoryCount = reader.number() else { return nil }
        for _ in 0..<directoryCount {
            guard let directory = reader.directory() else { return nil }
            directories.append(directory)
        }
        guard let placeCount = reader.number() else { return nil }
        for _ in 0..<placeCount {
            guard let path = reader.field(), let (identity, mode) = reader.identity() else { return nil }
            places.append(
                RunIndex.Place(
                    path: WorkspacePath(bytes: Array(bytes[path])).filePath, identity: identity, mode: mode))
        }
        guard let stepCount = reader.number() else { return nil }
        for _ in 0..<stepCount {
            guard let id = reader.text(), let key = reader.text(), let outputs = reader.text() else { return nil }
            steps.append(
                StepResult(
                    id: id, state: .upToDate, key: ContentHash(hex: key), outputs: ContentHash(hex: outputs)))
        }
    }

    /// Whether all places outside of directories are as they were.
    func placesHold(width: Int) async throws -> Bool {
        let batch = 512
        let count = (places.count + batch - 1) / batch
        // One that changed is enough, and ends the looking.
        struct Changed: Error {}
        do {
            _ = try await BlockingWork.run(count: count, width: width) { number in
                for place in places[(number * batch)..<min((number + 1) * batch, places.count)] {
                    guard try place.isUnchanged else { throw Changed() }
                }
            }
            return true
        } catch is Changed {
            return false
        }
    }

    /// Whether some files of the directory at `location` are as they were.
    func holds(_ portion: Portion, in location: FilePath) throws -> Bool {
        guard let directory = try OpenDirectory(location) else { return false }
        return bytes.withUnsafeBufferPointer { all in
            var reader = ByteReader(bytes, portion.place)
            for _ in 0..<portion.count {
                guard let path = reader.field(), let (identity, mode) = reader.identity(), reader.field() != nil,
                    let start = UnsafeBufferPointer(rebasing: all[path]).baseAddress,
                    let status = start.withMemoryRebound(
                        to: CChar.self, capacity: path.count, { directory.status(at: $0) }),
                    FileIdentity(status) == identity, status.mode == mode
                else { return false }
            }
            return true
        }
    }

    func snapshot(of directory: Directory) -> Snapshot? {
        var entries: [FileEntry] = []
        entries.reserveCapacity(directory.portions.reduce(0) { $0 + $1.count })
        for portion in directory.portions {
            var reader = ByteReader(bytes, portion.place)
            for _ in 0..<portion.count {
                guard let entry = reader.entry() else { return nil }
                entries.append(entry)
            }
        }
        guard entries.first?.kind == .directory else { return nil }
        return Snapshot(path: directory.path, entries: entries, value: directory.value)
    }
}

extension ByteReader {
    fileprivate mutating func identity() -> (FileIdentity, mode: UInt32)? {
        guard let inode = number(), let size = number(), let modified = number(), let changed = number(),
            let mode = number(), let mode = UInt32(exactly: mode)
        else { return nil }
        let identity = FileIdentity(
            inode: UInt64(bitPattern: inode), size: size, modified: Timestamp(nanoseconds: modified),
            changed: Timestamp(nanoseconds: changed))
        return (identity, mode)
    }

    fileprivate mutating func directory() -> SeenPlaces.Directory? {
        guard let path = field(), let location = field(), let value = text(), let count = number() else { return nil }
        var portions: [SeenPlaces.Portion] = []
        for _ in 0..<count {
            guard let count = number(), let place = field() else { return nil }
            portions.append(SeenPlaces.Portion(count: Int(count), place: place))
        }
        return SeenPlaces.Directory(
            path: WorkspacePath(bytes: Array(bytes[path])),
            location: WorkspacePath(bytes: Array(bytes[location])).filePath, value: value, portions: portions)
    }

    fileprivate mutating func entry() -> FileEntry? {
        guard let path = field(), !path.isEmpty, let (identity, mode) = identity(), let kind = kind() else {
            return nil
        }
        return FileEntry(
            path: WorkspacePath(bytes: Array(bytes[path.dropLast()])), kind: kind.0, hash: kind.1, mode: mode,
            size: kind.0 == .file ? identity.size : 0, identity: identity)
    }

    private mutating func kind() -> (FileEntry.Kind, ContentHash?)? {
        guard let field = field(), let first = bytes[field].first else { return nil }
        switch first {
        case UInt8(ascii: "f"):
            guard let hash = ContentHash(hex: String(decoding: bytes[field.dropFirst(5)], as: UTF8.self)) else {
                return nil
            }
            return (.file, hash)
        case UInt8(ascii: "l"): return (.link(Array(bytes[field.dropFirst(5)])), nil)
        default: return (.directory, nil)
        }
    }
}
