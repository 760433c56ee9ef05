import HostSystem
import Model
import Persistence
import SystemPackage

/// Looks at the files of a workspace and at the pinned data shown in it, and hashes what is not known yet.
struct FileReader: Sendable {
    let workspace: FilePath
    /// Where pinned sources are shown, and where their data lies.
    let mounts: [(path: WorkspacePath, data: FilePath)]
    let hashCache: HashCache
    /// How many files are looked at and hashed at once.
    let width: Int

    init(workspace: FilePath, graph: PipelineGraph, hashCache: HashCache, width: Int) {
        self.workspace = workspace
        self.hashCache = hashCache
        self.width = width
        mounts = zip(graph.sources, graph.sourcePaths).compactMap { source, path in
            guard let path, let data = source.realPath, !source.isWritable || source.standIn != nil else { return nil }
            return (path, data)
        }
    }

    /// Where the file lies that steps see at `path`.
    func location(of path: WorkspacePath) -> FilePath {
        for mount in mounts where path.isAtOrBeneath(mount.path) {
            return path == mount.path ? mount.data : mount.data.appending(path.relative(to: mount.path))
        }
        return workspace.appending(path)
    }

    /// Returns what stands at each of `paths`; `nil` where nothing does.
    ///
    /// - Parameters:
    ///   - followingLinks: whether what a link at one of `paths` itself leads to counts as well.
    ///   - earlier: knows directories that have not changed.
    /// - Throws: `PipelineError.inputChanged` for a file that is written to meanwhile,
    ///   `PipelineError.inputNotReadable` for a socket, named pipe or device.
    func snapshots(
        of paths: [WorkspacePath], followingLinks: Bool = false, recalling earlier: EarlierRun? = nil
    ) async throws -> [Snapshot?] {
        let known = try await earlier?.snapshots(of: recallable(paths), width: width) ?? [:]
        if known.isEmpty { return try await read(paths, followingLinks: followingLinks) }
        var read = try await read(paths.filter { known[$0] == nil }, followingLinks: followingLinks)[...]
        return paths.map { path in known[path] ?? read.popFirst() ?? nil }
    }

    /// Those of `paths` that hold no source of their own, each with where it lies.
    private func recallable(_ paths: [WorkspacePath]) -> [WorkspacePath: FilePath] {
        let whole = paths.filter { path in !mounts.contains { $0.path != path && $0.path.isAtOrBeneath(path) } }
        return Dictionary(whole.map { ($0, location(of: $0)) }) { first, _ in first }
    }

    /// A directory as the index keeps it; `nil` for what a single look cannot tell of.
    func directory(_ snapshot: Snapshot) -> RunIndex.Directory? {
        guard snapshot.root.kind == .directory, !snapshot.isFollowed,
            let location = recallable([snapshot.path]).values.first,
            snapshot.entries.allSatisfy({ $0.identity != nil }),
            let status = try? FileSystem.status(location),  // What is gone by now is looked for the next time.
            status.kind == .directory
        else { return nil }
        return RunIndex.Directory(location: location, snapshot: snapshot)
    }

    private func read(_ paths: [WorkspacePath], followingLinks: Bool) async throws -> [Snapshot?] {
        var looks = try await look(at: paths)
        try await hash(&looks)
        var followed: [Int: String] = [:]
        if followingLinks {
            for number in looks.indices {
                if case .link = looks[number]?.entries[0].kind {
                    followed[number] = try await content(behind: paths[number])
                }
            }
        }
        return try await assembled(looks, followed)
    }

    /// Makes the snapshots of what was looked at; large directories are hashed side by side.
    private func assembled(_ looks: [Look?], _ followed: [Int: String]) async throws -> [Snapshot?] {
        @Sendable func snapshot(_ number: Int) -> Snapshot? {
            looks[number].map { Snapshot(path: $0.path, entries: $0.entries, followed: followed[number]) }
        }
        guard looks.contains(where: { ($0?.entries.count ?? 0) > 500 }) else { return looks.indices.map(snapshot) }
        return try await BlockingWork.run(count: looks.count, width: width) { number in snapshot(number) }
    }

    /// What the link at `path` leads to, in the end; `nil` when it leads nowhere.
    private func content(behind path: WorkspacePath) async throws -> String? {
        let location = location(of: path)
        do {
            guard try FileSystem.status(location, followLinks: true) != nil else { return nil }
        } catch HostError.failed(_, _, .tooManySymbolicLinkLevels) {
            throw PipelineError.inputNotReadable(path.text, kind: "link that leads in a circle")
        }
        let target = FileReader(
            workspace: try FileSystem.canonical(location), mounts: [], hashCache: hashCache, width: width)
        return try await target.snapshots(of: [WorkspacePath("")])[0]?.value
    }

    private init(
        workspace: FilePath, mounts: [(path: WorkspacePath, data: FilePath)], hashCache: HashCache, width: Int
    ) {
        self.workspace = workspace
        self.mounts = mounts
        self.hashCache = hashCache
        self.width = width
    }

    // MARK: - Looking

    /// One path as found, its files not hashed yet.
    private struct Look: Sendable {
        var path: WorkspacePath
        var entries: [FileEntry]
        /// For each entry, the number of its file system.
        var devices: [UInt64]
    }

    private func look(at paths: [WorkspacePath]) async throws -> [Look?] {
        let batch = 128
        let count = (paths.count + batch - 1) / batch
        let looks = try await BlockingWork.run(count: count, width: width) { number in
            try paths[(number * batch)..<min((number + 1) * batch, paths.count)].map { try look(at: $0) }
        }
        return looks.flatMap { $0 }
    }

    private func look(at path: WorkspacePath) throws -> Look? {
        let location = location(of: path)
        guard let status = try FileSystem.status(location) else { return nil }
        // The pinned data may itself be reached through a link, which is none for the steps.
        let isMount = mounts.contains { $0.path == path }
        let real =
            isMount && status.kind == .symbolicLink
            ? try FileSystem.requireStatus(location, followLinks: true) : status
        let root = try entry(WorkspacePath(""), real, at: location, for: path)
        guard real.kind == .directory else { return Look(path: path, entries: [root], devices: [real.device]) }
        return try lookInside(path, root, real, location)
    }

    private func lookInside(
        _ path: WorkspacePath, _ root: FileEntry, _ status: FileStatus, _ location: FilePath
    ) throws -> Look {
        var look = Look(path: path, entries: [root], devices: [status.device])
        let inner = mounts.filter { $0.path != path && $0.path.isAtOrBeneath(path) }
        for found in try TreeWalk.list(location, width: width) {
            let relative = WorkspacePath(found.path)
            if relative.isInGitDirectory { continue }
            if inner.contains(where: { path.appending(relative).isAtOrBeneath($0.path) }) { continue }
            if path.isRoot, relative.isAtOrBeneath(WorkspacePath(".headgate")) { continue }
            look.entries.append(
                try entry(relative, found.status, at: location.appending(relative), for: path.appending(relative)))
            look.devices.append(found.status.device)
        }
        for mount in inner { try add(mount.path, to: &look, of: path) }
        return look
    }

    /// Adds a source that is shown within a directory.
    private func add(_ source: WorkspacePath, to look: inout Look, of path: WorkspacePath) throws {
        guard let pinned = try self.look(at: source) else { return }
        let relative = source.relative(to: path)
        for (entry, device) in zip(pinned.entries, pinned.devices) {
            var moved = entry
            moved.path = relative.appending(entry.path)
            look.entries.append(moved)
            look.devices.append(device)
        }
        let order = look.entries.indices.sorted { look.entries[$0].path < look.entries[$1].path }
        look = Look(path: path, entries: order.map { look.entries[$0] }, devices: order.map { look.devices[$0] })
    }

    private func entry(
        _ relative: WorkspacePath, _ status: FileStatus, at location: FilePath, for path: WorkspacePath
    ) throws -> FileEntry {
        let kind: FileEntry.Kind
        switch status.kind {
        case .file: kind = .file
        case .directory: kind = .directory
        case .symbolicLink: kind = .link(WorkspacePath(try FileSystem.readLink(location)).bytes)
        case .socket, .fifo, .device: throw PipelineError.inputNotReadable(path.text, kind: status.kind.words)
        }
        return FileEntry(
            path: relative, kind: kind, hash: nil, mode: status.mode, size: kind == .file ? status.size : 0,
            identity: FileIdentity(status))
    }

    // MARK: - Hashing

    /// A file whose content matters.
    private struct Unhashed: Sendable {
        let look: Int
        let entry: Int
        let identity: FileIdentity
    }

    /// How many files are looked up and hashed in one go: enough for the threads, and little to keep in memory.
    private static let portion = 16_384

    private func hash(_ looks: inout [Look?]) async throws {
        var files: [UInt64: [Unhashed]] = [:]
        for number in looks.indices {
            // Nothing may hold on to a look, or it would be copied when its hashes are put in.
            for position in 0..<(looks[number]?.entries.count ?? 0) {
                guard let entry = looks[number]?.entries[position], entry.kind == .file, let identity = entry.identity,
                    let device = looks[number]?.devices[position]
                else { continue }
                files[device, default: []].append(Unhashed(look: number, entry: position, identity: identity))
                if files[device]?.count == Self.portion, let full = files.removeValue(forKey: device) {
                    try await hash(full, in: &looks)
                }
            }
        }
        for rest in files.values where !rest.isEmpty { try await hash(rest, in: &looks) }
    }

    private func hash(_ files: [Unhashed], in looks: inout [Look?]) async throws {
        func place(_ file: Unhashed) -> FilePath {
            guard let look = looks[file.look] else { return workspace }
            return location(of: look.path.appending(look.entries[file.entry].path))
        }
        let volume = try Volume(of: place(files[0])).identifier
        let known = hashCache.hashes(of: files.map(\.identity), on: volume)
        var unknown: [Unhashed] = []
        for (file, hash) in zip(files, known) {
            if let hash { looks[file.look]?.entries[file.entry].hash = hash } else { unknown.append(file) }
        }
        if unknown.isEmpty { return }
        let began = try await settled(unknown.map(\.identity))
        let hashes: [ContentHash]
        do {
            hashes = try await FileHasher.hash(unknown.map(place), width: width)
        } catch HostError.changedWhileRead(let path) {
            throw PipelineError.inputChanged(path)
        }
        for (file, hash) in zip(unknown, hashes) { looks[file.look]?.entries[file.entry].hash = hash }
        hashCache.insert(
            zip(unknown, hashes).map { HashCache.Entry(identity: $0.identity, hash: $1, readingBegan: began) },
            on: volume)
    }

    /// Waits until large files are no longer racily clean, so that they are not read twice; returns the time.
    private func settled(_ files: [FileIdentity]) async throws -> Timestamp {
        let now = SystemClock.now()
        let large = files.contains { $0.size > 8 << 20 && HashCache.isRacy($0, readingBegan: now) }
        if !large { return now }
        try await Task.sleep(for: .milliseconds(25))
        return SystemClock.now()
    }
}

// MARK: - Taking outputs in

extension FileReader {
    /// As `snapshots(of:)`, with the content of every file taken into `cache` on the way, so that it is read once.
    ///
    /// - Throws: `PipelineError.inputChanged` for a file that is still being written to.
    func storedSnapshots(of paths: [WorkspacePath], in cache: OutputCache) async throws -> [Snapshot?] {
        var looks = try await look(at: paths)
        let began = try await settled(looks.flatMap { look in (look?.entries ?? []).compactMap(\.identity) })
        var stored: [UInt64: [HashCache.Entry]] = [:]
        var places: [UInt64: FilePath] = [:]
        for (number, look) in looks.enumerated() {
            guard let look else { continue }
            for (position, entry) in look.entries.enumerated() where entry.kind == .file {
                let file = location(of: look.path.appending(entry.path))
                let hash = try await cache.store(file, size: entry.size)
                guard let identity = entry.identity, let after = try FileSystem.status(file),
                    FileIdentity(after) == identity
                else { throw PipelineError.inputChanged(file) }
                looks[number]?.entries[position].hash = hash
                let device = look.devices[position]
                stored[device, default: []].append(
                    HashCache.Entry(identity: identity, hash: hash, readingBegan: began))
                places[device] = file
            }
        }
        for (device, entries) in stored {
            let settled = entries.filter { !HashCache.isRacy($0.identity, readingBegan: $0.readingBegan) }
            guard !settled.isEmpty, let place = places[device] else { continue }
            hashCache.insert(settled, on: try Volume(of: place).identifier)
        }
        return looks.map { look in look.map { Snapshot(path: $0.path, entries: $0.entries) } }
    }
}
