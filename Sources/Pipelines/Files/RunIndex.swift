import HostSystem
import Model
import Persistence
import SystemPackage

/// What a run saw of the file system when every step was up to date, so that the next one only looks whether any of it
/// changed: without reading the configuration, without the graph, without keys.
///
/// It holds every file and directory that decided anything: inputs, outputs, what links lead to, and each directory
/// in which a pattern was looked for, since a new file changes its directory's time. It is written only when none of
/// these had changed so shortly before that a later change could bear the same time; equal identities then mean equal
/// contents, as in Git's index. A damaged, foreign or missing file is the same as none.
///
/// Source: git `Documentation/technical/racy-git.txt`.
struct RunIndex: Sendable {
    /// One place that was looked at.
    struct Place: Sendable, Hashable {
        /// Absolute.
        var path: FilePath
        var identity: FileIdentity
        var mode: UInt32
    }

    /// Identifies all that decides keys and is no file.
    var fingerprint: ContentHash
    var isolation: IsolationLevel
    var places: [Place]
    var steps: [StepResult]

    /// Whether all places are as they were.
    ///
    /// - Parameter width: how many threads look at once.
    func holds(width: Int) async throws -> Bool {
        let batch = 512
        let count = (places.count + batch - 1) / batch
        // One that changed is enough, and ends the looking.
        struct Changed: Error {}
        do {
            _ = try await BlockingWork.run(count: count, width: width) { number in
                for place in places[(number * batch)..<min((number + 1) * batch, places.count)] {
                    guard let status = try FileSystem.status(place.path), FileIdentity(status) == place.identity,
                        status.mode == place.mode
                    else { throw Changed() }
                }
            }
            return true
        } catch is Changed {
            return false
        }
    }

    /// Whether no place changed within the last moments before `moment`, when the looking began.
    func isSettled(at moment: Timestamp) -> Bool {
        !places.contains { HashCache.isRacy($0.identity, readingBegan: moment) }
    }
}

// MARK: - The file

extension RunIndex {
    /// Raised with every change of the format.
    private static let magic = "headgate index 1\n"

    /// Reads the file at `path`; `nil` for any other than one of ours, whole, for `fingerprint`.
    static func load(_ path: FilePath, fingerprint: ContentHash) -> RunIndex? {
        // Without an index everything is looked at again.
        guard let bytes = try? FileSystem.readBytes(path, limit: 1 << 30) else { return nil }
        return read(bytes, fingerprint)
    }

    private static func read(_ bytes: [UInt8], _ fingerprint: ContentHash) -> RunIndex? {
        guard bytes.count > 64, bytes.starts(with: magic.utf8) else { return nil }
        let content = bytes.count - 64
        guard String(decoding: bytes[content...], as: UTF8.self) == ContentHash(ofBytes: Array(bytes[..<content])).hex
        else { return nil }
        var reader = ByteReader(bytes, from: magic.utf8.count, to: content)
        guard reader.text() == fingerprint.hex, let isolation = IsolationLevel(rawValue: reader.text() ?? "") else {
            return nil
        }
        var index = RunIndex(fingerprint: fingerprint, isolation: isolation, places: [], steps: [])
        guard let placeCount = reader.number() else { return nil }
        index.places.reserveCapacity(Int(placeCount))
        for _ in 0..<placeCount {
            guard let place = reader.place() else { return nil }
            index.places.append(place)
        }
        guard let stepCount = reader.number() else { return nil }
        for _ in 0..<stepCount {
            guard let id = reader.text(), let key = reader.text(), let outputs = reader.text() else { return nil }
            index.steps.append(
                StepResult(
                    id: id, state: .upToDate, key: ContentHash(hex: key), outputs: ContentHash(hex: outputs)))
        }
        return index
    }

    /// Replaces the file at `path`.
    func save(_ path: FilePath) throws {
        var bytes = Array(RunIndex.magic.utf8)
        bytes.reserveCapacity(places.count * 120 + steps.count * 160)
        bytes.append(text: fingerprint.hex)
        bytes.append(text: isolation.rawValue)
        bytes.append(number: Int64(places.count))
        for place in places {
            bytes.append(field: WorkspacePath(place.path).bytes)
            bytes.append(number: Int64(bitPattern: place.identity.inode))
            bytes.append(number: place.identity.size)
            bytes.append(number: place.identity.modified.nanoseconds)
            bytes.append(number: place.identity.changed.nanoseconds)
            bytes.append(number: Int64(place.mode))
        }
        bytes.append(number: Int64(steps.count))
        for step in steps {
            bytes.append(text: step.id)
            bytes.append(text: step.key?.hex ?? "")
            bytes.append(text: step.outputs?.hex ?? "")
        }
        bytes += ContentHash(ofBytes: bytes).hex.utf8
        try FileSystem.makeDirectories(path.removingLastComponent())
        try writeWhole(bytes, to: path)
    }
}

/// Reads what `save` wrote; `nil` past the end.
private struct ByteReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        position = start
        self.end = end
    }

    mutating func number() -> Int64? {
        guard position + 8 <= end else { return nil }
        defer { position += 8 }
        return bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Int64.self)) }
    }

    private mutating func field() -> ArraySlice<UInt8>? {
        guard let count = number(), count >= 0, count <= Int64(end - position) else { return nil }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }

    mutating func text() -> String? {
        field().map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func place() -> RunIndex.Place? {
        guard let path = field(), let inode = number(), let size = number(), let modified = number(),
            let changed = number(), let mode = number(), let mode = UInt32(exactly: mode)
        else { return nil }
        return RunIndex.Place(
            path: WorkspacePath(bytes: Array(path)).filePath,
            identity: FileIdentity(
                inode: UInt64(bitPattern: inode), size: size, modified: Timestamp(nanoseconds: modified),
                changed: Timestamp(nanoseconds: changed)),
            mode: mode)
    }
}
