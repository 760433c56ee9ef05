import HostSystem
import Model
import Persistence
import Synchronization
import SystemPackage

/// What the last run saw of a workspace in which every step was up to date, read from its `RunIndex` when it is first
/// asked for.
///
/// It answers for a run in which nothing changed, without configuration, graph or keys; where something did, it answers
/// for the directories that did not. Each is looked at once: what an instance says holds for the moment it was asked.
public final class EarlierRun: Sendable {
    /// The file, which is a cache and safe to delete; one per workspace.
    public let path: FilePath

    private struct State {
        var isRead = false
        var seen: Seen?
        /// By the number of the directory, whether it is as it was.
        var looked: [Int: Bool] = [:]
    }

    private let state = Mutex(State())

    public init(at path: FilePath) {
        self.path = path
    }

    private var seen: Seen? {
        state.withLock { state in
            if !state.isRead {
                state.isRead = true
                // Without an index everything is looked at again.
                state.seen = (try? FileSystem.readBytes(path, limit: 1 << 30)).flatMap { Seen($0) }
            }
            return state.seen
        }
    }

    /// Answers for a run of all steps in which nothing would be done.
    ///
    /// As safe as deciding step by step: everything that a decision was made of is looked at again, and must be as it
    /// was. Data tests are the caller's: none is run.
    ///
    /// - Parameters:
    ///   - fingerprint: identifies all that decides keys and is no file of the workspace: the bytes of the configuration
    ///     with all layers, parameters, variables, names of secrets, pins, isolation, platform and version of the program.
    ///   - width: how many threads look at files.
    /// - Returns: the report of a run in which every step is up to date; `nil` when something changed, or nothing is
    ///   known.
    public func report(for fingerprint: ContentHash, width: Int) async throws -> PipelineReport? {
        guard let seen, seen.fingerprint == fingerprint, try await seen.placesHold(width: width) else { return nil }
        let all = Array(seen.directories.indices)
        guard try await unchanged(all, of: seen, width: width).count == all.count else { return nil }
        return PipelineReport(steps: seen.steps, isolation: seen.isolation)
    }

    /// Returns those of `paths` that are directories and as they were, with what they hold.
    ///
    /// - Parameter paths: each with where it lies.
    func snapshots(of paths: [WorkspacePath: FilePath], width: Int) async throws -> [WorkspacePath: Snapshot] {
        guard let seen else { return [:] }
        let known = seen.directories.indices.filter {
            paths[seen.directories[$0].path] == seen.directories[$0].location
        }
        let unchanged = try await unchanged(known, of: seen, width: width)
        let snapshots = try await BlockingWork.run(count: unchanged.count, width: width) { number in
            seen.snapshot(of: seen.directories[unchanged[number]])
        }
        return Dictionary(snapshots.compactMap { $0.map { ($0.path, $0) } }) { first, _ in first }
    }

    private func unchanged(_ numbers: [Int], of seen: Seen, width: Int) async throws -> [Int] {
        let looked = state.withLock { $0.looked }
        let portions = numbers.filter { looked[$0] == nil }.flatMap { number in
            seen.directories[number].portions.map { (number, $0) }
        }
        let holds = try await BlockingWork.run(count: portions.count, width: width) { number in
            try seen.holds(portions[number].1, in: seen.directories[portions[number].0].location)
        }
        return state.withLock { state in
            for ((number, _), holds) in zip(portions, holds) {
                state.looked[number] = holds && state.looked[number] != false
            }
            return numbers.filter { state.looked[$0] == true }
        }
    }
}

/// The content of an index.
private struct Seen: Sendable {
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

/// Reads fields one after the other; `nil` past the end.
private struct ByteReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], _ place: Range<Int>) {
        self.bytes = bytes
        position = place.lowerBound
        end = place.upperBound
    }

    mutating func number() -> Int64? {
        guard position + 8 <= end else { return nil }
        defer { position += 8 }
        return bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Int64.self)) }
    }

    /// Where the next field lies.
    mutating func field() -> Range<Int>? {
        guard let count = number(), count >= 0, count <= Int64(end - position) else { return nil }
        defer { position += Int(count) }
        return position..<position + Int(count)
    }

    mutating func text() -> String? {
        field().map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    mutating func identity() -> (FileIdentity, mode: UInt32)? {
        guard let inode = number(), let size = number(), let modified = number(), let changed = number(),
            let mode = number(), let mode = UInt32(exactly: mode)
        else { return nil }
        let identity = FileIdentity(
            inode: UInt64(bitPattern: inode), size: size, modified: Timestamp(nanoseconds: modified),
            changed: Timestamp(nanoseconds: changed))
        return (identity, mode)
    }

    mutating func directory() -> Seen.Directory? {
        guard let path = field(), let location = field(), let value = text(), let count = number() else { return nil }
        var portions: [Seen.Portion] = []
        for _ in 0..<count {
            guard let count = number(), let place = field() else { return nil }
            portions.append(Seen.Portion(count: Int(count), place: place))
        }
        return Seen.Directory(
            path: WorkspacePath(bytes: Array(bytes[path])),
            location: WorkspacePath(bytes: Array(bytes[location])).filePath, value: value, portions: portions)
    }

    mutating func entry() -> FileEntry? {
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
