import HostSystem
import Model
import SystemPackage

extension SnapshotStore {
    /// Returns every pin in the store, by source, the newest first; half-made and damaged ones are left out.
    public func pins() throws -> [Pin] {
        guard try FileSystem.status(root) != nil else { return [] }
        var pins: [Pin] = []
        for folder in try FileSystem.list(root) where FileSystem.isDirectory(root.appending(folder)) {
            let names = try FileSystem.list(root.appending(folder)).map(\.string).filter { $0.hasSuffix(".manifest") }
            for name in names.sorted(by: >) {
                let id = "\(folder.string)/\(name.dropLast(".manifest".count))"
                // `recover` removes what has no data, and `verify` names what is damaged.
                guard let pin = try? manifest(id).pin(id: id) else { continue }
                if pin.kind == .inPlace || FileSystem.exists(root.pushing(FilePath(id))) { pins.append(pin) }
            }
        }
        return pins
    }

    /// Returns the pins that may be deleted.
    ///
    /// - Parameters:
    ///   - inUse: the ids that environments, the trash and young verdicts hold.
    ///   - last: how many of the newest stay per source besides.
    public func unused(keeping inUse: Set<String>, last: Int) throws -> [Pin] {
        var seen: [String: Int] = [:]
        return try pins().filter { pin in
            seen[pin.source, default: 0] += 1
            return seen[pin.source, default: 0] > last && !inUse.contains(pin.id)
        }
    }

    /// Deletes a pin's data and manifest; none there is fine.
    ///
    /// - Throws: `SnapshotError.notInStore` for an id that does not name a pin beneath the root;
    ///   `.storeBusy` while somebody builds a pin.
    public func delete(_ id: String) async throws {
        let components = FilePath(id).components
        guard !id.utf8.contains(0), components.count == 2, FilePath(id).isRelative,
            components.allSatisfy({ $0.kind == .regular && !$0.string.hasPrefix(".") })
        else { throw SnapshotError.notInStore(id) }
        let lock = try await lock(.exclusive)
        defer { lock.release() }
        let data = root.pushing(FilePath(id))
        let removing = data.removingLastComponent().appending(".removing-" + randomName())
        faults.reached("snapshot.delete.before")
        // Manifest first: data without one is a leftover, a manifest without data would be a broken promise.
        let siblings = try? manifest(id).source  // What cannot be read has no copies that share its files.
        try FileSystem.remove(manifestPath(id))
        faults.reached("snapshot.delete.manifest")
        guard try FileSystem.status(data) != nil else { return }
        try FileSystem.rename(data, to: removing, replacing: false)
        faults.reached("snapshot.delete.renamed")
        try FileSystem.removeTree(removing, within: root)
        if let siblings { try await refreshHashes(of: siblings) }
    }

    /// Removes what killed processes left half made or half deleted.
    ///
    /// - Returns: what was removed. Nothing is, when somebody builds a pin at this moment.
    @discardableResult
    public func recover() async throws -> [FilePath] {
        guard try FileSystem.status(root) != nil else { return [] }
        let lock: HeldLock
        do {
            lock = try await HeldLock(at: root.appending(".lock"), mode: .exclusive, wait: .none)
        } catch HostError.locked {
            return []
        }
        defer { lock.release() }
        var removed: [FilePath] = []
        for folder in try FileSystem.list(root) where FileSystem.isDirectory(root.appending(folder)) {
            let directory = root.appending(folder)
            let names = Set(try FileSystem.list(directory).map(\.string))
            for name in names.sorted() where try isLeftover(name, among: names, in: directory) {
                try FileSystem.removeTree(directory.appending(name), within: root)
                removed.append(directory.appending(name))
            }
        }
        return removed
    }

    private func isLeftover(_ name: String, among names: Set<String>, in directory: FilePath) throws -> Bool {
        if name.hasPrefix(".") { return true }
        guard name.hasSuffix(".manifest") else { return !names.contains(name + ".manifest") }
        let data = String(name.dropLast(".manifest".count))
        if names.contains(data) { return false }
        // A pin in place has a manifest only; a damaged manifest without data serves nobody.
        let text = try FileSystem.readBytes(directory.appending(name), limit: 4 << 30)
        return Manifest(text: text)?.kind != .inPlace
    }

    /// Tells the hash cache again what the remaining copies of a source hold: deleting a hard link changes the change
    /// time of the file, by which the cache knows it.
    private func refreshHashes(of source: String) async throws {
        guard hashes != nil else { return }
        try await Task.sleep(nanoseconds: 25_000_000)  // Else the cache would not trust what has changed just now.
        for pin in try pins() where pin.source == source && pin.kind == .copy {
            let began = SystemClock.now()
            let known = try manifest(pin.id).entries
            let found = try TreeWalk.list(root.pushing(FilePath(pin.id)), width: width)
            let byPath = Dictionary(known.map { ($0.path, $0) }) { first, _ in first }
            let entries = found.map { ManifestEntry($0, target: nil) }
            let hashes = entries.map { entry in
                byPath[entry.path].flatMap { $0.looksLike(entry) ? $0.hash : nil }
            }
            remember(entries, hashes: hashes, at: root, readingBegan: began)
        }
    }
}
