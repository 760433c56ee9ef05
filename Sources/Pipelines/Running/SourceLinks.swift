import HostSystem
import Model
import Synchronization
import SystemPackage

/// Notices when a step takes away the link through which steps see a read-only source, and puts it back.
///
/// What a link leads to cannot be changed in the sandbox, but the link itself lies in the workspace and can be removed.
/// What ran meanwhile may have read something else under that path, so neither the step nor those beside it may pass.
final class SourceLinks: Sendable {
    private let workspace: FilePath
    private let state: Mutex<LinkWatch>

    init(_ sources: [SourceMount], in workspace: FilePath) {
        self.workspace = workspace
        let places = sources.compactMap { source in source.isWritable ? nil : source.path.map { WorkspacePath($0) } }
        state = Mutex(LinkWatch(places: places))
    }

    /// Takes note of the links; only the first call does. To be called before any command starts.
    func begin() throws {
        try state.withLock { watch in
            if watch.links != nil { return }
            var links: [LinkWatch.Link] = []
            for place in watch.places {
                let path = workspace.appending(place)
                guard let status = try FileSystem.status(path), status.kind == .symbolicLink else { continue }
                links.append(.init(place: place, target: try FileSystem.readLink(path), status: status))
            }
            watch.links = links
        }
    }

    /// Puts back what is gone, and returns how often that was needed so far, with what stood there instead.
    func check() throws -> (disturbances: Int, displaced: [(place: WorkspacePath, at: FilePath)]) {
        try state.withLock { watch in
            var displaced: [(WorkspacePath, FilePath)] = []
            for (number, link) in (watch.links ?? []).enumerated() {
                let path = workspace.appending(link.place)
                // Where a directory above is gone or is a file, the link is gone too.
                let status = try? FileSystem.status(path)
                if let status, link.isStill(status) { continue }
                if let moved = try clear(link.place) { displaced.append((link.place, moved)) }
                try FileSystem.makeDirectories(path.removingLastComponent())
                try FileSystem.symbolicLink(at: path, to: link.target)
                watch.links?[number].status = try FileSystem.requireStatus(path)
                watch.disturbances += 1
            }
            return (watch.disturbances, displaced)
        }
    }

    /// Moves what stands at a place, or instead of a directory above it, to a name of ours within the workspace.
    private func clear(_ place: WorkspacePath) throws -> FilePath? {
        for path in place.ancestors.reversed() + [place] {
            let found = workspace.appending(path)
            guard let status = try FileSystem.status(found) else { return nil }
            if path != place, status.kind == .directory { continue }
            let folder = workspace.appending(".headgate")
            try FileSystem.makeDirectories(folder)
            let target = temporarySibling(of: folder.appending("displaced"))
            try FileSystem.rename(found, to: target, replacing: false)
            return target
        }
        return nil
    }
}

/// What is remembered of the links.
private struct LinkWatch {
    struct Link {
        let place: WorkspacePath
        let target: FilePath
        var status: FileStatus

        /// Whether it was not made anew, which would give it another inode or another time of change.
        func isStill(_ now: FileStatus) -> Bool {
            now.kind == .symbolicLink && now.inode == status.inode && now.device == status.device
                && now.changed == status.changed
        }
    }

    let places: [WorkspacePath]
    var links: [Link]?
    var disturbances = 0
}
