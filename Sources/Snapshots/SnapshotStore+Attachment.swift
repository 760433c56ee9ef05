import HostSystem
import Model
import SystemPackage

extension SnapshotStore {
    /// Says how `attach` would put `pin` into a workspace, and what that would cost.
    public func predictAttachment(of pin: Pin, source: Source, workspace: FilePath) throws -> PinPrediction {
        var prediction = PinPrediction(
            kind: pin.kind, files: pin.files, bytes: pin.bytes, newBytes: 0, seconds: 0.001, reason: "a link")
        guard source.isWritable else { return prediction }
        if pin.kind == .subvolume, try FileSystem.isSameFileSystem(root, workspace) {
            prediction.seconds = PinCost.snapshot
            prediction.reason = "a btrfs snapshot of its own, which steps may change"
        } else if try clones(pin, into: workspace) {
            prediction.kind = .reflink
            prediction.seconds = PinCost.clone(files: pin.files)
            prediction.reason = "clones of its own, which steps may change"
        } else {
            prediction.kind = .copy
            prediction.newBytes = pin.bytes
            prediction.seconds = PinCost.copy(files: pin.files, bytes: pin.bytes)
            prediction.reason = "a copy of its own, which steps may change; the file system does not clone files"
        }
        return prediction
    }

    /// Puts the pinned data at the source's path in a linked workspace: a relative link, or for a writable source a copy
    /// of its own that shares no inode with the store.
    ///
    /// Directories above are made; none of them may be a link. An empty directory, or a link that an earlier pin of this
    /// source left, gives way; doing it twice is fine.
    ///
    /// - Parameters:
    ///   - workspace: absolute, links resolved.
    ///   - replacing: the pin that the workspace had before, if any. A writable copy is never replaced: `detach` first.
    /// - Throws: `SnapshotError.inTheWay`, `.leavesWorkspace`, `.tooLargeToCopy`, `.changedSincePinned`.
    public func attach(
        _ pin: Pin, source: Source, workspace: FilePath, policy: StorePolicy, replacing previous: Pin? = nil,
        progress: (@Sendable (_ done: Int64, _ total: Int64) -> Void)? = nil
    ) async throws {
        guard let path = source.path else { return }
        let place = try SourcePlace(path, source: source.name, workspace: workspace, making: true)
        guard FileSystem.exists(dataPath(of: pin)) else {
            throw SnapshotError.snapshotMissing(pin: pin.id, dataPath(of: pin))
        }
        if source.isWritable {
            try place.clear(allowing: [])
            try await copy(pin, source: source, to: place, workspace: workspace, policy: policy, progress: progress)
            return
        }
        let target = relativeLink(from: workspace, path: path, to: pin)
        let earlier = previous.map { relativeLink(from: workspace, path: path, to: $0) }
        if try place.linkTarget() == target { return }
        try place.clear(allowing: [earlier].compactMap { $0 }, andBeneath: storeLink(from: workspace, path, source))
        try place.putLink(to: target)
    }

    /// Takes the source out of a workspace: the link, or with `discarding` the writable copy; nothing there is fine.
    ///
    /// What `attach` did not put there is refused.
    public func detach(_ pin: Pin, source: Source, workspace: FilePath, discarding: Bool = false) async throws {
        guard let path = source.path else { return }
        let place: SourcePlace
        do {
            place = try SourcePlace(path, source: source.name, workspace: workspace, making: false)
        } catch WorkspaceDirectory.Obstacle.missing {
            return
        }
        if source.isWritable, discarding {
            try place.removeCopy()
        } else {
            try place.clear(
                allowing: [relativeLink(from: workspace, path: path, to: pin)],
                andBeneath: storeLink(from: workspace, path, source))
        }
    }

    /// What every link into this source's folder of the store begins with.
    private func storeLink(from workspace: FilePath, _ path: String, _ source: Source) -> FilePath {
        let link = workspace.pushing(FilePath(path)).lexicallyNormalized()
        return relativePath(
            from: link.removingLastComponent(), to: directory(of: source.name).lexicallyNormalized())
    }

    private func clones(_ pin: Pin, into workspace: FilePath) throws -> Bool {
        try FileSystem.isSameFileSystem(dataPath(of: pin), workspace) && TreeCopy.supportsReflink(at: workspace)
    }

    private func copy(
        _ pin: Pin, source: Source, to place: borrowing SourcePlace, workspace: FilePath, policy: StorePolicy,
        progress: (@Sendable (Int64, Int64) -> Void)?
    ) async throws {
        let prediction = try predictAttachment(of: pin, source: source, workspace: workspace)
        if prediction.newBytes > policy.copyLimit.bytes, source.pin != .copy {
            throw SnapshotError.tooLargeToCopy(
                source: source.name, dataPath(of: pin), files: pin.files, bytes: prediction.newBytes,
                limit: policy.copyLimit.bytes, seconds: prediction.seconds)
        }
        if prediction.newBytes > 0 { try requireRoom(for: pin, source: source, in: workspace) }
        let building = place.sibling(".headgate-building-" + randomName())
        do {
            if prediction.kind == .subvolume {
                try Subvolume.snapshot(dataPath(of: pin), to: building, readOnly: false)
            } else {
                let method: TreeCopy.Method = prediction.kind == .reflink ? .reflink : .bytes
                let copy = TreeCopy(
                    method: method, width: width, makeWritable: true, progress: method == .bytes ? progress : nil)
                _ = try await copy.copy(dataPath(of: pin), to: building)
                try restoreModes(of: pin, at: building)
            }
            if pin.kind == .inPlace, let change = try await ownChanges(in: building, since: pin).first {
                let file = FilePath(pin.location).pushing(pin.isSingleFile ? "" : FilePath(change.path))
                throw SnapshotError.changedSincePinned(source: source.name, file, pinned: pin.pinnedAt)
            }
            try place.take(building)
        } catch {
            // The half-made copy has a name of ours; the error is the news.
            try? FileSystem.removeTree(building, within: building.removingLastComponent())
            throw place.shown(error)
        }
    }

    /// - Throws: `SnapshotError.noRoomForCopy`. Holes take no space.
    private func requireRoom(for pin: Pin, source: Source, in workspace: FilePath) throws {
        let free = try FileSystem.freeBytes(at: workspace)
        guard pin.bytes > free else { return }
        let data = dataPath(of: pin)
        let entries = try FileSystem.isDirectory(data) ? TreeWalk.list(data, width: width).map(\.status) : []
        let whole = try entries.isEmpty ? [FileSystem.requireStatus(data)] : entries
        let needed = whole.reduce(0) { $0 + ($1.kind == .file ? $1.allocated : 0) }
        if needed > free {
            throw SnapshotError.noRoomForCopy(source: source.name, needed: needed, free: free, workspace)
        }
    }

    /// Gives the files and directories of a copy that its owner may write the further rights that the location had: the
    /// store takes the right to write from everybody.
    private func restoreModes(of pin: Pin, at copy: FilePath) throws {
        for entry in try manifest(pin.id).entries where entry.kind == .file || entry.kind == .directory {
            guard entry.mode & 0o022 != 0 else { continue }
            let place = pin.isSingleFile ? copy : copy.pushing(entry.path)
            try FileSystem.setMode(place, entry.mode | (entry.kind == .file ? 0o600 : 0o700))
        }
    }
}
