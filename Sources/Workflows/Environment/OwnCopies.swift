import HostSystem
import Model
import Snapshots
import SystemPackage

/// The copies that an environment has of writable sources whose live data stands in the main workspace itself: the live
/// data stays where it is, and the sandbox shows the copy in its place.
///
///     <workspaces root>/.store/own/<slug>/<path of the source>
struct OwnCopies: Sendable {
    /// Stands in for the workspace at the paths of these sources; there once there is a copy.
    let folder: FilePath

    init(besides snapshots: SnapshotStore, slug: String) {
        folder = snapshots.root.removingLastComponent().appending("own").appending(slug)
    }

    /// Where the copy of a pin's source is; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - known: the source's path where it is known; else it is where the location lies in `main`.
    ///   - main: the main working tree.
    func copy(
        of pin: Pin, at known: String? = nil, in main: FilePath
    ) throws -> (path: FilePath, at: FilePath)? {
        var path = FilePath(pin.location)
        if let known { path = FilePath(known) } else if !path.removePrefix(main) { return nil }
        guard pin.kind.isOfFiles, !path.isEmpty else { return nil }
        let copy = folder.pushing(path)
        return try FileSystem.status(copy) == nil ? nil : (path, copy)
    }

    /// Removes what killed commands left half made; nobody else may be making copies.
    func removeHalfMade(_ paths: [String]) throws {
        for directory in Set(paths.map { folder.appending($0).removingLastComponent() })
        where FileSystem.isDirectory(directory) {
            for name in try FileSystem.list(directory) where name.string.hasPrefix(".headgate-building-") {
                try FileSystem.removeTree(directory.appending(name), within: folder)
            }
        }
    }

    /// Moves the copies to a workspace that the environment is given, where each stands at its path.
    ///
    /// - Parameter paths: the paths of the writable sources.
    func move(_ paths: [String], to workspace: FilePath) async throws {
        for path in paths { try await Self.move(path, from: folder, to: workspace) }
    }

    /// Takes them back from a workspace that did not come to be.
    func takeBack(_ paths: [String], from workspace: FilePath) async throws {
        for path in paths { try await Self.move(path, from: workspace, to: folder) }
    }

    private static func move(_ path: String, from: FilePath, to: FilePath) async throws {
        let (source, target) = (from.appending(path), to.appending(path))
        guard try FileSystem.status(source) != nil, try FileSystem.status(target) == nil else { return }
        try FileSystem.makeDirectories(target.removingLastComponent())
        do {
            try FileSystem.rename(source, to: target, replacing: false)
        } catch HostError.failed(_, _, .improperLink) {
            // Another file system: the copy is whole before it has its name.
            let whole = target.removingLastComponent().appending(".headgate-building-" + randomName())
            _ = try await TreeCopy().copy(source, to: whole)
            try FileSystem.rename(whole, to: target, replacing: false)
            try FileSystem.removeTree(source, within: from)
        }
    }
}
