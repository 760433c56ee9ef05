import HostSystem
import Model
import Persistence
import SystemPackage

extension FileReader {
    /// Returns what matches `pattern` now, in the order of the bytes; directories too, as what they hold.
    ///
    /// Only directories in which something may match are looked into. Links are not followed, and nothing in a Git
    /// directory or in Headgate's own matches.
    func expand(_ pattern: PathPattern) throws -> Expansion {
        var found = Expansion()
        try expand(pattern.segments[...], in: WorkspacePath(""), pattern, &found)
        found.matches.sort()
        return found
    }

    /// The matches of a pattern.
    struct Expansion: Sendable {
        var matches: [WorkspacePath] = []
        /// The directories that were looked into: while they stay as they are, so do the matches.
        var directories: [RunIndex.Place] = []
    }

    private func expand(
        _ segments: ArraySlice<PathPattern.Segment>, in directory: WorkspacePath, _ pattern: PathPattern,
        _ found: inout Expansion
    ) throws {
        guard let segment = segments.first else { return }
        let rest = segments.dropFirst()
        if case .literal(let name) = segment {
            let path = directory.appending(WorkspacePath(bytes: name))
            // The directories above a source need not be there outside the sandbox.
            let leadsToMount = mounts.contains { $0.path.isAtOrBeneath(path) }
            if !leadsToMount, try FileSystem.status(location(of: path)) == nil {
                if let status = try directoryStatus(directory) { found.add(location(of: directory), status) }
            } else if rest.isEmpty {
                found.matches.append(path)
            } else {
                try expand(rest, in: path, pattern, &found)
            }
            return
        }
        if segment == .anyDirectories { return try expandDeeply(in: directory, pattern, &found) }
        for path in try names(in: directory, &found) where segment.matches(path.name) {
            if rest.isEmpty {
                found.matches.append(path)
            } else if try FileSystem.status(location(of: path))?.kind == .directory || isMount(path) {
                try expand(rest, in: path, pattern, &found)
            }
        }
    }

    /// Finds the files and links, at any depth, that match; what a directory holds matches by itself.
    private func expandDeeply(
        in directory: WorkspacePath, _ pattern: PathPattern, _ found: inout Expansion
    ) throws {
        for path in try names(in: directory, &found) {
            let isFollowed = isMount(path)
            guard let status = try FileSystem.status(location(of: path), followLinks: isFollowed) else { continue }
            if status.kind == .directory {
                try expandDeeply(in: path, pattern, &found)
            } else if pattern.matches(path.bytes) {
                found.matches.append(path)
            }
        }
    }

    /// The paths of what is in a directory; none where there is no directory.
    private func names(in directory: WorkspacePath, _ found: inout Expansion) throws -> [WorkspacePath] {
        let location = location(of: directory)
        guard let status = try directoryStatus(directory) else { return [] }
        found.add(location, status)
        var paths = try FileSystem.list(location).map { name in
            directory.appending(WorkspacePath(FilePath(root: nil, [name])))
        }
        // A source need not have a mount point yet.
        for mount in mounts where mount.path.parent == directory && !mount.path.isRoot && !paths.contains(mount.path) {
            paths.append(mount.path)
        }
        return paths.filter { $0.name != Array(".git".utf8) && $0 != WorkspacePath(".headgate") }
    }

    private func directoryStatus(_ directory: WorkspacePath) throws -> FileStatus? {
        let status = try FileSystem.status(location(of: directory), followLinks: isMount(directory))
        return status?.kind == .directory ? status : nil
    }

    private func isMount(_ path: WorkspacePath) -> Bool { mounts.contains { $0.path == path } }
}

extension FileReader.Expansion {
    fileprivate mutating func add(_ directory: FilePath, _ status: FileStatus) {
        directories.append(RunIndex.Place(path: directory, identity: FileIdentity(status), mode: status.mode))
    }
}

extension FileReader {
    /// Returns what stands at an input: one snapshot for a path, one for each match of a pattern.
    func look(at input: StepInput) async throws -> (snapshots: [Snapshot], directories: [RunIndex.Place]) {
        switch input.kind {
        case .path(let path):
            return (try await snapshots(of: [path], followingLinks: true).compactMap { $0 }, [])
        case .pattern(let pattern):
            let found = try expand(pattern)
            let snapshots = try await snapshots(of: found.matches, followingLinks: true)
            return (snapshots.compactMap { $0 }, found.directories)
        }
    }

    /// All that a snapshot was made of; `nil` where that cannot be told.
    func places(of snapshot: Snapshot) -> [RunIndex.Place]? {
        if snapshot.isFollowed { return nil }
        var places: [RunIndex.Place] = []
        places.reserveCapacity(snapshot.entries.count)
        for entry in snapshot.entries {
            guard let identity = entry.identity else { return nil }
            let path = location(of: snapshot.path.appending(entry.path))
            places.append(RunIndex.Place(path: path, identity: identity, mode: entry.mode))
        }
        return places
    }
}
