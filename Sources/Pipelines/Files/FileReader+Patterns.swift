import HostSystem
import Model
import SystemPackage

extension FileReader {
    /// Returns what matches `pattern` now, in the order of the bytes; directories too, as what they hold.
    ///
    /// Only directories in which something may match are looked into. Links are not followed, and nothing in a Git
    /// directory or in Headgate's own matches.
    func expand(_ pattern: PathPattern) throws -> [WorkspacePath] {
        var found: [WorkspacePath] = []
        try expand(pattern.segments[...], in: WorkspacePath(""), pattern, &found)
        return found.sorted()
    }

    private func expand(
        _ segments: ArraySlice<PathPattern.Segment>, in directory: WorkspacePath, _ pattern: PathPattern,
        _ found: inout [WorkspacePath]
    ) throws {
        guard let segment = segments.first else { return }
        let rest = segments.dropFirst()
        if case .literal(let name) = segment {
            let path = directory.appending(WorkspacePath(bytes: name))
            if rest.isEmpty {
                if try FileSystem.status(location(of: path)) != nil { found.append(path) }
            } else {
                try expand(rest, in: path, pattern, &found)
            }
            return
        }
        if segment == .anyDirectories { return try expandDeeply(in: directory, pattern, &found) }
        for path in try names(in: directory) where segment.matches(path.name) {
            if rest.isEmpty {
                found.append(path)
            } else if try FileSystem.status(location(of: path))?.kind == .directory || isMount(path) {
                try expand(rest, in: path, pattern, &found)
            }
        }
    }

    /// Finds the files and links, at any depth, that match; what a directory holds matches by itself.
    private func expandDeeply(
        in directory: WorkspacePath, _ pattern: PathPattern, _ found: inout [WorkspacePath]
    ) throws {
        for path in try names(in: directory) {
            let isFollowed = isMount(path)
            guard let status = try FileSystem.status(location(of: path), followLinks: isFollowed) else { continue }
            if status.kind == .directory {
                try expandDeeply(in: path, pattern, &found)
            } else if pattern.matches(path.bytes) {
                found.append(path)
            }
        }
    }

    /// The paths of what is in a directory; none where there is no directory.
    private func names(in directory: WorkspacePath) throws -> [WorkspacePath] {
        let location = location(of: directory)
        guard try FileSystem.status(location, followLinks: isMount(directory))?.kind == .directory else { return [] }
        var paths = try FileSystem.list(location).map { name in
            directory.appending(WorkspacePath(FilePath(root: nil, [name])))
        }
        // A source need not have a mount point yet.
        for mount in mounts where mount.path.parent == directory && !mount.path.isRoot && !paths.contains(mount.path) {
            paths.append(mount.path)
        }
        return paths.filter { $0.name != Array(".git".utf8) && $0 != WorkspacePath(".headgate") }
    }

    private func isMount(_ path: WorkspacePath) -> Bool { mounts.contains { $0.path == path } }
}
