import Configuration
import HostSystem
import Model
import Snapshots
import SystemPackage

/// Putting pinned sources into workspaces.
extension SourcePinning {
    /// Whether a working tree holds the live data of a source itself, which then stays where it is.
    func isLive(_ source: Source, in workspace: FilePath) throws -> Bool {
        guard let path = source.path, source.hasLocation else { return false }
        return try workspace.pushing(FilePath(path)).lexicallyNormalized() == location(of: source)
    }

    /// Makes sure that every writable database can have a copy of its own in a working tree.
    ///
    /// One whose location is a secret is looked at when it is put in place.
    ///
    /// - Throws: `ProjectError.liveDatabase`.
    func requireNoLiveDatabase(in workspace: FilePath) throws {
        for source in sources where source.isWritable && source.kind.isDatabaseFile {
            guard let path = source.path, SecretReference.names(in: source.location ?? "").isEmpty else { continue }
            if try isLive(source, in: workspace) { throw ProjectError.liveDatabase(source: source.name, path: path) }
        }
    }

    /// Where the main workspace has its own copies of writable sources whose live data stands in it.
    func ownCopies() throws -> OwnCopies {
        OwnCopies(besides: snapshots, slug: try project.store.environment(for: branch)?.slug ?? branch.slug)
    }

    /// The directory in which a source has its path: the workspace; for a writable source whose live data stands there, the
    /// folder of the environment's own copies; `nil` for one that stays where it is, or has no path.
    func home(of source: Source, in workspace: FilePath) throws -> FilePath? {
        guard source.path != nil else { return nil }
        guard try isLive(source, in: workspace) else { return workspace }
        return source.isWritable ? try ownCopies().folder : nil
    }

    /// The paths of the writable sources whose live data stands in the main workspace.
    func ownCopyPaths() throws -> [String] {
        guard let main = project.layout.mainWorkTree else { return [] }
        return try sources.filter { try $0.isWritable && isLive($0, in: main) }.compactMap(\.path)
    }

    /// Whether a copy of its own, of which there is a pin, is still to be made for the main workspace.
    func lacksOwnCopies(_ pins: [Pin], in workspace: FilePath) throws -> Bool {
        try sources.contains { source in
            guard source.isWritable, let path = source.path, let home = try home(of: source, in: workspace),
                home != workspace
            else { return false }
            return try pins.contains { $0.source == source.name }
                && FileSystem.status(home.appending(path)) == nil
        }
    }

    /// Puts the sources into a workspace, but for read-only ones whose live data stands there.
    ///
    /// - Parameter previous: the pins whose data the workspace has already.
    /// - Throws: `ProjectError.liveDatabase`, `SnapshotError`.
    func attach(_ pins: [Pin], in workspace: FilePath, replacing previous: [Pin] = []) async throws {
        for source in sources {
            guard let path = source.path, let pin = pins.first(where: { $0.source == source.name }),
                let home = try home(of: source, in: workspace)
            else { continue }
            let before = previous.first { $0.source == source.name }
            if home != workspace {
                if source.kind.isDatabaseFile { throw ProjectError.liveDatabase(source: source.name, path: path) }
                try FileSystem.makeDirectories(home)
            }
            if source.isWritable, let there = try FileSystem.status(home.appending(path)),
                home != workspace || before?.id == pin.id && there.kind != .symbolicLink
            {
                continue
            }
            if source.isWritable { try renameCopy(at: home.appending(path)) }
            let progress = CopyProgress(
                "\(source.name) into \(home == workspace ? "the workspace" : home.string)", say: project.host.say)
            try await snapshots.attach(
                pin, source: source, workspace: home, policy: loaded.configuration.store,
                replacing: before, progress: progress.note)
        }
    }

    /// Names the environment's own copy of a writable source; another one at the same place has another name. `nil` where
    /// there is none.
    func copyName(of source: Source, in workspace: FilePath) throws -> String? {
        guard source.isWritable, let path = source.path, let home = try home(of: source, in: workspace) else {
            return nil
        }
        let place = home.appending(path)
        return FileSystem.exists(place) ? try project.store.setting(Self.setting(at: place)) ?? "" : nil
    }

    /// Before the copy is there, so that no name outlives its copy; a power cut takes both, or is followed by a step that
    /// is recorded.
    private func renameCopy(at place: FilePath) throws {
        try project.store.inOneTransaction(isSynced: false) {
            try project.store.set(Self.setting(at: place), to: randomName())
        }
    }

    private static func setting(at place: FilePath) -> String { "copy:\(place)" }

    /// Whether the link at a source's path leads to a pin.
    func leads(_ source: Source, in workspace: FilePath, to pin: Pin) throws -> Bool {
        guard let path = source.path, !source.isWritable else { return false }
        let place = workspace.appending(path)
        guard try FileSystem.status(place)?.kind == .symbolicLink else { return false }
        return try FileSystem.readLink(place) == snapshots.relativeLink(from: workspace, path: path, to: pin)
    }

    /// Puts back the links to read-only sources that are gone from a workspace, or lead nowhere: removed by hand, by a
    /// step of a run that was cut short, or moved with the workspace; and the main workspace's own copies of writable ones.
    func restore(_ pins: [Pin], in workspace: FilePath) async throws {
        for source in sources {
            guard let path = source.path, let pin = pins.first(where: { $0.source == source.name }),
                let home = try home(of: source, in: workspace)
            else { continue }
            if source.isWritable {
                if home != workspace { try await attach([pin], in: workspace) }
                continue
            }
            let place = workspace.pushing(FilePath(path))
            let link = try FileSystem.status(place)
            let leads = try FileSystem.status(place, followLinks: true) != nil
            if link?.kind == .symbolicLink && !leads {
                try FileSystem.remove(place)
            } else if link != nil {
                continue
            }
            try await snapshots.attach(pin, source: source, workspace: workspace, policy: loaded.configuration.store)
        }
    }
}
