import HostSystem
import Model
import SystemPackage

extension SnapshotStore {
    /// Says how `source` would be pinned from `location` and what that would cost; looks at every file's status, reads
    /// and writes nothing but a trial clone in the store.
    ///
    /// - Parameter previous: the pin that the environment or its `from` holds; what has not changed since is free.
    /// - Throws: `SnapshotError`, as `pin` would.
    public func predict(
        source: Source, location: FilePath, policy: StorePolicy, previous: Pin? = nil
    ) async throws -> PinPrediction {
        try requireAvailable(source)
        let found = try await Location.look(at: location, source: source, width: width)
        if let kept = try unchanged(previous, at: found, source: source) {
            return PinPrediction(
                kind: kept.kind, files: kept.files, bytes: kept.bytes, newBytes: 0,
                seconds: PinCost.look(files: kept.files), reason: "unchanged since \(kept.pinnedAt.rfc3339)")
        }
        return try choose(source, found, policy: policy, base: copyBase(previous))
    }

    func requireAvailable(_ source: Source) throws {
        switch source.kind {
        case .files, .sqlite, .duckdb: return
        case .postgres, .command, .project:
            throw SnapshotError.kindNotAvailable(source: source.name, source.kind)
        }
    }

    /// Chooses the kind of pin. Source: the table in `Sources/Snapshots/README.md`.
    ///
    /// - Parameter failed: the kinds that promised to work and did not; `auto` passes over them.
    func choose(
        _ source: Source, _ location: Location, policy: StorePolicy, base: CopyBase?, except failed: Set<PinKind> = []
    ) throws -> PinPrediction {
        try requireApart(source, location)
        if source.kind.isDatabaseFile { return try chooseForDatabase(source, location, policy: policy) }
        switch source.pin {
        case .auto:
            if !failed.contains(.subvolume), snapshotObstacle(location) == nil {
                return snapshotPrediction(location, reason: "the location is a btrfs subvolume")
            }
            if !failed.contains(.reflink), try cloneObstacle(location) == nil {
                return clonePrediction(location, reason: "the file system clones files")
            }
            let copy = copyPrediction(location, base: base, reason: "smaller than copy_limit")
            let free = try FileSystem.freeBytes(at: root)
            let limit = policy.copyLimit.bytes
            if location.bytes < limit, location.bytes < free / 5 { return copy }
            let reason =
                location.bytes < limit
                ? "a copy would take more than 20 % of the \(ByteCount(free).readable) that are free"
                : "not smaller than copy_limit (\(policy.copyLimit.readable))"
            return inPlacePrediction(location, reason: reason)
        case .subvolume:
            if let obstacle = snapshotObstacle(location) {
                throw SnapshotError.kindImpossible(source: source.name, .subvolume, reason: obstacle)
            }
            return snapshotPrediction(location, reason: "asked for")
        case .reflink:
            if let obstacle = try cloneObstacle(location) {
                throw SnapshotError.kindImpossible(source: source.name, .reflink, reason: obstacle)
            }
            return clonePrediction(location, reason: "asked for")
        case .copy:
            return copyPrediction(location, base: base, reason: "asked for")
        case .inPlace:
            return inPlacePrediction(location, reason: "asked for")
        }
    }

    private func chooseForDatabase(
        _ source: Source, _ location: Location, policy: StorePolicy
    ) throws -> PinPrediction {
        let backup =
            source.kind == .sqlite
            ? "a database is copied through SQLite's backup, so that writers may go on"
            : "a database is copied as a whole while nobody writes to it"
        let prediction = copyPrediction(location, base: nil, reason: backup)
        switch source.pin {
        case .copy:
            return prediction
        case .auto:
            if location.bytes < policy.copyLimit.bytes { return prediction }
            throw SnapshotError.tooLargeToCopy(
                source: source.name, location.path, files: 1, bytes: location.bytes, limit: policy.copyLimit.bytes,
                seconds: prediction.seconds)
        case .subvolume: throw SnapshotError.kindImpossible(source: source.name, .subvolume, reason: backup)
        case .reflink: throw SnapshotError.kindImpossible(source: source.name, .reflink, reason: backup)
        case .inPlace: throw SnapshotError.kindImpossible(source: source.name, .inPlace, reason: backup)
        }
    }

    private func requireApart(_ source: Source, _ location: Location) throws {
        try FileSystem.makeDirectories(root)
        let store = try FileSystem.canonical(root)
        if store.starts(with: location.path) || location.path.starts(with: store) {
            throw SnapshotError.locationHoldsStore(source: source.name, location.path, store: store)
        }
    }

    /// Why the location cannot be snapshot, or `nil` when it can.
    private func snapshotObstacle(_ location: Location) -> String? {
        if location.isSingleFile || !Subvolume.isSubvolume(location.path) {
            return "\(location.path) is no btrfs subvolume"
        }
        let user = CurrentProcess.userID
        // What cannot be looked at is not ours either.
        guard user == 0 || (try? FileSystem.status(location.path))?.owner == user else {
            return "\(location.path) belongs to another user, and only its owner may make snapshots of a subvolume"
        }
        // A snapshot leaves out the subvolumes inside.
        if let inner = location.entries.first(where: {
            $0.kind == .directory && $0.inode == 256 && Subvolume.isSubvolume(location.path.pushing($0.path))
        }) {
            return "the subvolume \(inner.path) inside would be left out"
        }
        // What cannot be looked at counts as elsewhere.
        guard (try? FileSystem.isSameFileSystem(location.path, root)) == true else {
            return "\(location.path) and the store are on different file systems"
        }
        return nil
    }

    /// Why the location's files cannot be cloned into the store, or `nil` when they can.
    private func cloneObstacle(_ location: Location) throws -> String? {
        guard try FileSystem.isSameFileSystem(location.path, root) else {
            return "\(location.path) and the store are on different file systems"
        }
        return try TreeCopy.supportsReflink(at: root) ? nil : "the file system at \(root) does not clone files"
    }

    private func snapshotPrediction(_ location: Location, reason: String) -> PinPrediction {
        PinPrediction(
            kind: .subvolume, files: location.files, bytes: location.bytes, newBytes: 0,
            seconds: PinCost.snapshot + PinCost.look(files: location.files), reason: reason)
    }

    private func clonePrediction(_ location: Location, reason: String) -> PinPrediction {
        PinPrediction(
            kind: .reflink, files: location.files, bytes: location.bytes, newBytes: 0,
            seconds: PinCost.clone(files: location.files), reason: reason)
    }

    private func inPlacePrediction(_ location: Location, reason: String) -> PinPrediction {
        PinPrediction(
            kind: .inPlace, files: location.files, bytes: location.bytes, newBytes: 0,
            seconds: PinCost.look(files: location.files), reason: reason)
    }

    private func copyPrediction(_ location: Location, base: CopyBase?, reason: String) -> PinPrediction {
        let changed = location.changedFiles(since: base?.manifest)
        let newBytes = changed.reduce(0) { $0 + $1.size }
        return PinPrediction(
            kind: .copy, files: location.files, bytes: location.bytes, newBytes: newBytes,
            seconds: PinCost.look(files: location.files) + PinCost.copy(files: changed.count, bytes: newBytes),
            reason: reason)
    }
}

extension Location {
    /// The files that are not as they were in `base`, or all of them without one.
    func changedFiles(since base: Manifest?) -> [ManifestEntry] {
        let files = entries.filter { $0.kind == .file }
        guard let base else { return files }
        let known = Dictionary(base.entries.map { ($0.path, $0) }) { first, _ in first }
        return files.filter { file in known[file.path].map { !$0.isUntouched(file) } ?? true }
    }
}
