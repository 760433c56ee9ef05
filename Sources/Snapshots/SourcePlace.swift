import Glibc
import HostSystem
import SystemPackage

/// The place in a workspace at which steps see a source; its directory is held open.
struct SourcePlace: ~Copyable {
    private let directory: WorkspaceDirectory
    private let name: FilePath.Component
    private let source: String
    /// For messages only.
    private let shown: FilePath

    /// Reaches the place at `path` of `workspace`.
    ///
    /// - Throws: `SnapshotError.leavesWorkspace`; `WorkspaceDirectory.Obstacle.missing` unless directories are made.
    init(_ path: String, source: String, workspace: FilePath, making: Bool) throws {
        let relative = FilePath(path)
        guard !relative.isAbsolute, let name = relative.lastComponent, name.kind == .regular else {
            throw SnapshotError.leavesWorkspace(source: source, path: path, at: workspace)
        }
        do {
            directory = try WorkspaceDirectory(relative.removingLastComponent(), in: workspace, making: making)
        } catch WorkspaceDirectory.Obstacle.notDirectory(let place) {
            throw SnapshotError.leavesWorkspace(source: source, path: path, at: place)
        }
        self.name = name
        self.source = source
        shown = workspace.pushing(relative)
    }

    private var stable: FilePath { directory.path(of: name) }

    /// A path beside the place, for something half made.
    func sibling(_ text: String) -> FilePath { directory.stablePath.appending(text) }

    /// Returns what the link here holds, or `nil` when here is no link.
    func linkTarget() throws -> FilePath? {
        guard try FileSystem.status(stable)?.kind == .symbolicLink else { return nil }
        return try FileSystem.readLink(stable)
    }

    /// Makes room: removes an empty directory, or a link that holds one of `targets` or leads beneath `folder`.
    ///
    /// - Throws: `SnapshotError.inTheWay` when anything else is here.
    func clear(allowing targets: [FilePath], andBeneath folder: FilePath? = nil) throws {
        guard let status = try FileSystem.status(stable) else { return }
        switch status.kind {
        case .symbolicLink:
            let target = try FileSystem.readLink(stable)
            let isOurs = targets.contains(target) || folder.map { target != $0 && target.starts(with: $0) } ?? false
            guard isOurs else { throw SnapshotError.inTheWay(source: source, shown, found: shown) }
            try FileSystem.remove(stable)
        case .directory:
            if let first = try FileSystem.list(stable).first {
                throw SnapshotError.inTheWay(source: source, shown, found: shown.appending(first))
            }
            try FileSystem.removeDirectory(stable)
        default:
            throw SnapshotError.inTheWay(source: source, shown, found: shown)
        }
    }

    /// An error that names a path through the open directory, with the path that people know.
    func shown(_ error: any Error) -> any Error {
        guard case HostError.failed(let action, var path, let code) = error,
            path.removePrefix(directory.stablePath)
        else { return error }
        return HostError.failed(action: action, path: directory.path.pushing(path), code: code)
    }

    func putLink(to target: FilePath) throws {
        try FileSystem.symbolicLink(at: stable, to: target)
    }

    /// Gives a finished sibling the place's name; what has appeared here meanwhile is not replaced.
    func take(_ sibling: FilePath) throws {
        try FileSystem.rename(sibling, to: stable, replacing: false)
    }

    func removeCopy() throws {
        try FileSystem.removeTree(stable, within: directory.stablePath)
    }
}
