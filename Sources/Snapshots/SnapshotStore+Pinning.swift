import HostSystem
import Model
import Persistence
import SystemPackage

extension SnapshotStore {
    /// Fixes what `source` holds at this moment and returns the pin.
    ///
    /// A location that nothing happened to since `previous` was pinned keeps that pin. An unfinished pin leaves nothing
    /// behind but what `recover` removes.
    ///
    /// - Parameters:
    ///   - location: absolute; links that lead to it are followed, those inside are kept as links.
    ///   - previous: the pin whose data may be kept or built upon, if there is one.
    ///   - progress: receives bytes done and bytes in total of a copy, on any thread.
    /// - Throws: `SnapshotError`; `HostError` when the disk fails or is full.
    public func pin(
        source: Source, location: FilePath, policy: StorePolicy, previous: Pin? = nil,
        progress: (@Sendable (_ done: Int64, _ total: Int64) -> Void)? = nil
    ) async throws -> Pin {
        try requireAvailable(source)
        let lock = try await lock(.shared)
        defer { lock.release() }
        let tries = 3
        var changes: [FilePath] = []
        var failed: Set<PinKind> = []
        while changes.count < tries {
            let found = try await Location.look(at: location, source: source, width: width)
            if let previous, previous.isSingleFile != found.isSingleFile, previous.location == found.path.string {
                throw SnapshotError.locationKindChanged(
                    source: source.name, found.path, wasFile: previous.isSingleFile)
            }
            if let kept = try unchanged(previous, at: found, source: source) { return kept }
            let base = copyBase(previous)
            let choice = try choose(source, found, policy: policy, base: base, except: failed)
            do {
                return try await build(choice.kind, source: source, from: found, base: base, progress: progress)
            } catch let change as LocationChanged {
                changes.append(change.path)
            } catch let error as HostError where source.pin == .auto && error.isLackOfClones {
                // Some files cannot be cloned, and some mounts allow no snapshots; `auto` takes the next kind.
                guard choice.kind == .subvolume || choice.kind == .reflink else { throw error }
                failed.insert(choice.kind)
            }
        }
        throw SnapshotError.keepsChanging(source: source.name, changes.last ?? location, tries: tries)
    }

    /// Returns `previous` when nothing happened to the location since, its data is still in the store, and the
    /// configuration does not ask for another kind.
    func unchanged(_ previous: Pin?, at location: Location, source: Source) throws -> Pin? {
        guard let previous, previous.location == location.path.string, previous.source == source.name,
            source.pin == .auto || source.pin.rawValue == previous.kind.rawValue,
            // A manifest that cannot be read tells nothing: the source is pinned anew.
            let manifest = try? manifest(previous.id),
            manifest.isSingleFile == location.isSingleFile,
            location.firstDifference(from: manifest.entries) == nil,
            previous.kind == .inPlace || FileSystem.exists(dataPath(of: previous)),
            // A snapshot that somebody has changed is no pin of anything: the source is pinned anew.
            previous.kind == .inPlace || (try? changesInStore(of: previous).isEmpty) == true
        else { return nil }
        return previous
    }

    /// Takes the right to write from every directory of a snapshot: its files are read-only already, but could be
    /// replaced. Done last, because a directory without that right cannot be renamed everywhere.
    private func sealDirectories(_ path: FilePath) throws {
        guard FileSystem.isDirectory(path), !Subvolume.isSubvolume(path) else { return }
        for entry in try TreeWalk.list(path, width: width) where entry.status.kind == .directory {
            try FileSystem.setMode(path.pushing(entry.path), entry.status.mode & 0o7555)
        }
        try FileSystem.setMode(path, try FileSystem.requireStatus(path).mode & 0o7555)
    }

    /// Returns the copy that a new copy may share unchanged files with.
    func copyBase(_ previous: Pin?) -> CopyBase? {
        guard let previous, previous.kind == .copy, !previous.isSingleFile, FileSystem.exists(dataPath(of: previous)),
            // Without a manifest, or with anything changed in the store, everything is copied: slower and right.
            let manifest = try? manifest(previous.id), (try? changesInStore(of: previous).isEmpty) == true
        else { return nil }
        return CopyBase(manifest: manifest, data: dataPath(of: previous))
    }

    private func build(
        _ kind: PinKind, source: Source, from location: Location, base: CopyBase?,
        progress: (@Sendable (Int64, Int64) -> Void)?
    ) async throws -> Pin {
        var manifest = Manifest(
            source: source.name, kind: kind, location: location.path.string, isSingleFile: location.isSingleFile,
            isDatabase: source.kind.isDatabaseFile, pinnedAt: time.now(),
            fingerprint: Manifest.fingerprint(of: [], kind: kind), entries: location.entries)
        if kind == .inPlace {
            manifest.fingerprint = Manifest.fingerprint(of: manifest.entries, kind: kind)
            return try record(manifest, data: nil)
        }
        let building = directory(of: source.name).appending(".building-" + randomName())
        try FileSystem.makeDirectories(building.removingLastComponent())
        do {
            faults.reached("pin.build.before")
            try await SnapshotBuilder(
                store: self, source: source, location: location, base: base, target: building, progress: progress
            ).build(&manifest)
            faults.reached("pin.build.after")
            manifest.fingerprint = Manifest.fingerprint(of: manifest.entries, kind: kind)
            return try record(manifest, data: building)
        } catch {
            // What cannot be removed now is a leftover for `recover`; the error is the news.
            try? FileSystem.removeTree(building, within: root)
            throw error
        }
    }

    /// Makes the pin real: manifest first, data last.
    func record(_ manifest: Manifest, data: FilePath?) throws -> Pin {
        let text = manifest.text
        let digest = Manifest.digest(text)
        let id = "\(Self.folder(of: manifest.source))/\(compact(manifest.pinnedAt))-\(digest.prefix(8))"
        let path = root.pushing(FilePath(id))
        try FileSystem.makeDirectories(path.removingLastComponent())
        if let data, FileSystem.exists(path) {
            // Another process pinned the very same look at the location within the same second.
            try FileSystem.removeTree(data, within: root)
            return manifest.pin(id: id)
        }
        try FileSystem.replace(manifestPath(id), with: text, mode: 0o444)
        faults.reached("pin.manifest.after")
        if let data {
            try FileSystem.syncFileSystem(of: data)
            try FileSystem.rename(data, to: path, replacing: false)
            try FileSystem.syncDirectory(path.removingLastComponent())
        }
        faults.reached("pin.rename.after")
        try sealDirectories(path)
        return manifest.pin(id: id)
    }
}

/// `20260312T091204Z`, so that ids sort by age.
private func compact(_ time: Timestamp) -> String {
    time.rfc3339.filter { $0 != "-" && $0 != ":" }
}

extension HostError {
    /// Whether a snapshot or clone was refused that may still be had as a copy.
    fileprivate var isLackOfClones: Bool {
        switch self {
        case .unsupported: true
        case .failed(_, _, let code): [.notPermitted, .improperLink, .notSupported, .invalidArgument].contains(code)
        default: false
        }
    }
}
