import HostSystem
import Model
import SystemPackage

extension SnapshotStore {
    /// Returns what is not as it was pinned, in the order of the paths; empty when all is well.
    ///
    /// Looks at every file's status and reads none, but where a file of a pin in place was touched and the hash of its
    /// content is known: equal content is no change. A pin in place is compared with its location, any other with the
    /// store.
    ///
    /// - Throws: `SnapshotError.snapshotMissing` or `.manifestDamaged`; `HostError`.
    public func verify(_ pin: Pin) async throws -> [PinChange] {
        let manifest = try manifest(pin.id)
        let data = dataPath(of: pin)
        if pin.kind == .inPlace {
            return try compare(manifest.entries, with: try entries(of: pin, at: data)) { was, now in
                was.isUntouched(now) || hasEqualContent(was, now, at: data, isSingleFile: pin.isSingleFile)
            }
        }
        return try changesInStore(of: pin)
    }

    /// Returns when the newest of the pinned files was last written, as its location showed it when it was pinned; a
    /// database's log counts. `nil` where there is no file.
    ///
    /// - Throws: `SnapshotError.snapshotMissing` or `.manifestDamaged`.
    public func newestModification(of pin: Pin) throws -> Timestamp? {
        try manifest(pin.id).entries.filter { $0.kind == .file }.map(\.modified).max()
    }

    /// Makes sure that a pin of files has its data and its manifest, by two looks at the file system.
    ///
    /// - Throws: `SnapshotError.snapshotMissing`.
    public func requirePresence(of pin: Pin) throws {
        guard pin.kind.isOfFiles else { return }
        let data = dataPath(of: pin)
        for path in [manifestPath(pin.id), data] where !FileSystem.exists(path) {
            // What was pinned in place may be gone from its location, which is the location's business.
            if path == data, pin.kind == .inPlace { continue }
            throw SnapshotError.snapshotMissing(pin: pin.id, path)
        }
    }

    /// Returns what is not as it was pinned in the store itself.
    func changesInStore(of pin: Pin) throws -> [PinChange] {
        let manifest = try manifest(pin.id)
        let data = dataPath(of: pin)
        guard FileSystem.exists(data) else { throw SnapshotError.snapshotMissing(pin: pin.id, data) }
        if manifest.isDatabase { return [] }
        return try compare(manifest.entries, with: try entries(of: pin, at: data)) { $0.looksLike($1) }
    }

    /// Returns what is at the pin's location now and differs from what was pinned: what pinning again would bring.
    ///
    /// Looks at every file's status and reads none; works for pins of every kind.
    public func changesAtLocation(since pin: Pin) throws -> [PinChange] {
        let manifest = try manifest(pin.id)
        if manifest.isDatabase { return [] }
        return try compare(manifest.entries, with: try entries(of: pin, at: FilePath(pin.location))) {
            $0.isUntouched($1) || $0.looksLike($1)
        }
    }

    /// Returns the files of a writable copy that are not as pinned, in the order of their paths: changed, added or
    /// gone; empty when the copy is not there.
    ///
    /// - Parameter copy: where the environment's own copy lies, absolute.
    public func ownChanges(in copy: FilePath, since pin: Pin) async throws -> [PinChange] {
        guard try FileSystem.status(copy) != nil else { return [] }
        let manifest = try manifest(pin.id)
        if manifest.isDatabase {
            let was = manifest.entries[0]
            // What was committed last may stand in a log beside it.
            let logs = [".wal", "-wal"].map { FilePath(copy.string + $0) }
            let isLogged = try logs.contains { try FileSystem.status($0)?.size ?? 0 > 0 }
            if try !isLogged && FileHasher.hash(copy) == was.hash { return [] }
            return [PinChange(path: was.path.string, was: was.look, now: try look(copy))]
        }
        return try compare(manifest.entries, with: try entries(of: pin, at: copy)) { was, now in
            if was.looksLike(now) { return true }
            guard was.kind == .file, now.kind == .file, was.size == now.size, let hash = was.hash else { return false }
            let path = pin.isSingleFile ? copy : copy.pushing(now.path)
            // A file that cannot be read counts as changed: nothing is lost by asking.
            return (try? FileHasher.hash(path)) == hash
        }
    }

    /// Returns the links of a pin that lead out of the source, each with what it holds, in the order of the paths: what they
    /// lead to is not pinned.
    ///
    /// Goes by the text of the links, as steps would follow them from the pinned data.
    public func linksLeadingOut(of pin: Pin) throws -> [(path: FilePath, target: FilePath)] {
        guard pin.kind.isOfFiles, !pin.isSingleFile else { return [] }
        return try manifest(pin.id).entries.compactMap { entry in
            guard let target = entry.target else { return nil }
            let place = entry.path.removingLastComponent().pushing(target).lexicallyNormalized()
            let leadsOut = place.isAbsolute || place.components.first?.kind == .parentDirectory
            return leadsOut ? (entry.path, target) : nil
        }
    }

    /// Returns what differs between two pins of one source, in the order of the paths: by content where both know it,
    /// else by size and time.
    public func changes(from old: Pin, to new: Pin) throws -> [PinChange] {
        if old.id == new.id { return [] }
        return try compare(try manifest(old.id).entries, with: try manifest(new.id).entries) { was, now in
            if let one = was.hash, let other = now.hash { return one == other && was.isExecutable == now.isExecutable }
            return was.looksLike(now)
        }
    }

    private func look(_ path: FilePath) throws -> PinChange.Look {
        let status = try FileSystem.requireStatus(path)
        return PinChange.Look(size: status.size, modified: status.modified)
    }

    /// Returns what lies at `place` now; empty when nothing does.
    private func entries(of pin: Pin, at place: FilePath) throws -> [ManifestEntry] {
        guard let status = try FileSystem.status(place) else { return [] }
        if status.kind != .directory {
            guard pin.isSingleFile, let name = FilePath(pin.location).lastComponent else { return [] }
            return [ManifestEntry(path: FilePath(root: nil, [name]), status)]
        }
        if pin.isSingleFile { return [] }
        return try TreeWalk.list(place, width: width).map { entry in
            let isLink = entry.status.kind == .symbolicLink
            return ManifestEntry(entry, target: isLink ? try FileSystem.readLink(place.pushing(entry.path)) : nil)
        }
    }

    /// Walks two ordered lists side by side. Directories count only where one appears, goes, or becomes something else.
    private func compare(
        _ pinned: [ManifestEntry], with found: [ManifestEntry], isSame: (ManifestEntry, ManifestEntry) -> Bool
    ) throws -> [PinChange] {
        var changes: [PinChange] = []
        var (p, f) = (0, 0)
        while p < pinned.count || f < found.count {
            if f == found.count || (p < pinned.count && pinned[p].path.precedes(found[f].path)) {
                changes.append(PinChange(file: pinned[p].path, was: pinned[p].look, now: nil))
                p += 1
            } else if p == pinned.count || pinned[p].path != found[f].path {
                changes.append(PinChange(file: found[f].path, was: nil, now: found[f].look))
                f += 1
            } else {
                let (was, now) = (pinned[p], found[f])
                let isKept = was.kind == .directory && now.kind == .directory || isSame(was, now)
                if !isKept { changes.append(PinChange(file: was.path, was: was.look, now: now.look)) }
                p += 1
                f += 1
            }
        }
        return changes
    }

    /// Whether a touched file still holds what it held, as far as its hash is remembered.
    private func hasEqualContent(
        _ was: ManifestEntry, _ now: ManifestEntry, at location: FilePath, isSingleFile: Bool
    ) -> Bool {
        guard was.kind == .file, now.kind == .file, was.size == now.size, was.isExecutable == now.isExecutable else {
            return false
        }
        // Whatever cannot be found out counts as a change.
        guard let volume = try? FileSystem.identifier(at: location),
            let known = was.hash ?? hashes?.hashes(of: [was.identity], on: volume).first ?? nil
        else { return false }
        return (try? FileHasher.hash(isSingleFile ? location : location.pushing(now.path))) == known
    }
}
