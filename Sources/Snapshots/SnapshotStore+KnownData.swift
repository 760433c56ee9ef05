import HostSystem
import Model
import SystemPackage

/// Data that is known by its content before any of it is at hand.
public struct KnownData: Sendable {
    /// One file, link or directory of it.
    public struct Entry: Sendable {
        /// Relative to the data; the name of a single file.
        public var path: FilePath
        /// Of a file's content; `nil` for links and directories.
        public var hash: ContentHash?
        /// In bytes; 0 for links and directories.
        public var size: Int64
        public var isExecutable: Bool
        /// What a link holds; `nil` for anything else.
        public var target: FilePath?

        public init(path: FilePath, hash: ContentHash?, size: Int64, isExecutable: Bool, target: FilePath?) {
            self.path = path
            self.hash = hash
            self.size = size
            self.isExecutable = isExecutable
            self.target = target
        }
    }

    /// Where people would look for it, absolute; a single file keeps its last name.
    public var location: FilePath
    public var isSingleFile: Bool
    /// In any order.
    public var entries: [Entry]
    /// Where its contents come from, which decides whether they can be cloned; absolute.
    public var origin: FilePath

    public init(location: FilePath, isSingleFile: Bool, entries: [Entry], origin: FilePath) {
        self.location = location
        self.isSingleFile = isSingleFile
        self.entries = entries
        self.origin = origin
    }

    var files: Int { entries.count { $0.hash != nil || $0.target != nil } }
    var bytes: Int64 { entries.reduce(0) { $0 + $1.size } }

    /// What a copy of exactly this data has.
    var fingerprint: ContentHash {
        let list = entries.map { entry in
            let status = FileStatus(
                kind: entry.hash != nil ? .file : entry.target != nil ? .symbolicLink : .directory,
                mode: entry.isExecutable ? 0o555 : 0o444)
            return ManifestEntry(path: entry.path, status, target: entry.target, hash: entry.hash)
        }
        return Manifest.fingerprint(of: list.sorted { $0.path.precedes($1.path) }, kind: .copy)
    }
}

extension SnapshotStore {
    /// Fixes data that is known by its content, and returns the pin; data that the store has already is not fetched.
    ///
    /// - Parameter fill: puts the data at the path it is given, where nothing is; a single file under its name in it.
    /// - Throws: `SnapshotError`, `.contentDiffers` where what came is not the data; `HostError`; what `fill` throws.
    public func pin(
        _ data: KnownData, of source: Source, policy: StorePolicy, fill: (FilePath) async throws -> Void
    ) async throws -> Pin {
        try requireCopy(source)
        let lock = try await lock(.shared)
        defer { lock.release() }
        let fingerprint = data.fingerprint
        if let held = try held(fingerprint, data, of: source) { return held }
        _ = try choose(data, of: source, policy: policy)
        let building = directory(of: source.name).appending(".building-" + randomName())
        try FileSystem.makeDirectories(building.removingLastComponent())
        do {
            faults.reached("pin.build.before")
            if data.isSingleFile { try FileSystem.makeDirectories(building) }
            try await fill(building)
            var manifest = Manifest(
                source: source.name, kind: .copy, location: data.location.string, isSingleFile: data.isSingleFile,
                isDatabase: false, pinnedAt: time.now(), fingerprint: fingerprint, entries: try await sealed(building))
            faults.reached("pin.build.after")
            manifest.fingerprint = Manifest.fingerprint(of: manifest.entries, kind: .copy)
            guard manifest.fingerprint == fingerprint else {
                throw SnapshotError.contentDiffers(source: source.name, data.location)
            }
            return try record(manifest, data: building)
        } catch {
            // What cannot be removed now is a leftover for `recover`; the error is the news.
            try? FileSystem.removeTree(building, within: root)
            throw error
        }
    }

    /// Says how data that is known by its content would be pinned, and what that would cost; reads nothing.
    ///
    /// - Throws: `SnapshotError`, as `pin` would.
    public func predict(_ data: KnownData, of source: Source, policy: StorePolicy) throws -> PinPrediction {
        try requireCopy(source)
        if let held = try held(data.fingerprint, data, of: source) {
            return PinPrediction(
                kind: held.kind, files: held.files, bytes: held.bytes, newBytes: 0, seconds: 0,
                reason: "in the store since \(held.pinnedAt.rfc3339)")
        }
        return try choose(data, of: source, policy: policy)
    }

    private func choose(_ data: KnownData, of source: Source, policy: StorePolicy) throws -> PinPrediction {
        let isCloned = try clones(data)
        let seconds =
            isCloned ? PinCost.clone(files: data.files) : PinCost.copy(files: data.files, bytes: data.bytes)
        if source.pin == .auto, !isCloned, data.bytes >= policy.copyLimit.bytes {
            throw SnapshotError.tooLargeToCopy(
                source: source.name, data.location, files: data.files, bytes: data.bytes,
                limit: policy.copyLimit.bytes, seconds: seconds)
        }
        return PinPrediction(
            kind: .copy, files: data.files, bytes: data.bytes, newBytes: isCloned ? 0 : data.bytes, seconds: seconds,
            reason: Self.copyReason)
    }

    private static let copyReason = "it is copied out of the other project, by its hash"

    private func requireCopy(_ source: Source) throws {
        switch source.pin {
        case .auto, .copy: break
        case .subvolume: throw SnapshotError.kindImpossible(source: source.name, .subvolume, reason: Self.copyReason)
        case .reflink: throw SnapshotError.kindImpossible(source: source.name, .reflink, reason: Self.copyReason)
        case .inPlace: throw SnapshotError.kindImpossible(source: source.name, .inPlace, reason: Self.copyReason)
        }
    }

    private func clones(_ data: KnownData) throws -> Bool {
        try FileSystem.makeDirectories(root)
        return try FileSystem.isSameFileSystem(data.origin, root) && TreeCopy.supportsReflink(at: root)
    }

    /// The pin in the store that is of the same data already, and undamaged.
    private func held(_ fingerprint: ContentHash, _ data: KnownData, of source: Source) throws -> Pin? {
        try pins().first { pin in
            pin.source == source.name && pin.kind == .copy && pin.fingerprint == fingerprint
                && pin.isSingleFile == data.isSingleFile && pin.location == data.location.string
                // A snapshot that somebody has changed is no pin of anything.
                && (try? changesInStore(of: pin).isEmpty) == true
        }
    }

    /// Takes the right to write from the files in `building`, reads all of them, and tells the hash cache.
    private func sealed(_ building: FilePath) async throws -> [ManifestEntry] {
        func listed() throws -> [ManifestEntry] {
            try TreeWalk.list(building, width: width).map { entry in
                let isLink = entry.status.kind == .symbolicLink
                return ManifestEntry(
                    entry, target: isLink ? try FileSystem.readLink(building.pushing(entry.path)) : nil)
            }
        }
        for entry in try listed() where entry.kind == .file {
            try FileSystem.setMode(building.pushing(entry.path), entry.mode & 0o555 | 0o400)
        }
        var entries = try listed()
        // The cache does not trust what was read right after it changed.
        try await Task.sleep(nanoseconds: 25_000_000)
        let began = SystemClock.now()
        let files = entries.indices.filter { entries[$0].kind == .file }
        let hashes = try await FileHasher.hash(files.map { building.pushing(entries[$0].path) }, width: width)
        for (index, hash) in zip(files, hashes) { entries[index].hash = hash }
        remember(entries, hashes: entries.map(\.hash), at: root, readingBegan: began)
        return entries
    }
}
