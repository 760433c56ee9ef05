import HostSystem
import Model
import Persistence
import SystemPackage

/// Changes what stands at the outputs of steps, without ever reaching out of the workspace.
struct WorkspaceOutputs: Sendable {
    let workspace: FilePath
    /// The folders that stand in for the workspace, each at a path and beneath.
    let standIns: [(path: WorkspacePath, folder: FilePath)]
    let cache: OutputCache
    /// Where this run puts what it does not throw away.
    let runFolder: FilePath

    /// The directory that holds a path: the workspace, or what stands in for it there.
    private func root(of path: WorkspacePath) -> FilePath {
        standIns.first { path.isAtOrBeneath($0.path) }?.folder ?? workspace
    }

    /// Where outputs are put together before they are moved to their place.
    private var staging: FilePath { workspace.appending(".headgate").appending("incoming") }

    /// Removes what a killed run left in the staging directory.
    ///
    /// Nothing is made before something is staged: a run that does nothing leaves even the times of directories alone.
    func prepare() throws {
        try removeStaging()
    }

    /// Removes the staging directory, and Headgate's directory in the workspace if it is then empty.
    func finish() {
        // What stays is removed by the next run.
        try? removeStaging()
    }

    private func removeStaging() throws {
        guard try FileSystem.status(staging) != nil else { return }
        try FileSystem.removeTree(staging, within: workspace)
        do throws(HostError) {
            try FileSystem.removeDirectory(workspace.appending(".headgate"))
        } catch {
            // The environment's own file lies there as well.
            guard case .failed(_, _, .directoryNotEmpty) = error else { throw error }
        }
    }

    /// Makes the directories above an output.
    ///
    /// - Throws: `HostError.outside` when a link leads them out of the workspace.
    func makeParents(of output: WorkspacePath) throws {
        if output.parent.isRoot { return }
        let root = root(of: output)
        if FileSystem.isPlainDirectory(root.appending(output.parent)), output.parent.ancestors.isEmpty { return }
        _ = try directory(output.parent, of: root)
    }

    /// Makes a directory where it is missing, and returns where it lies, which is within the workspace.
    @discardableResult
    private func directory(_ path: WorkspacePath, of root: FilePath) throws -> FilePath {
        var missing: [WorkspacePath] = []
        var place = path
        while !place.isRoot, try FileSystem.status(root.appending(place), followLinks: true) == nil {
            missing.append(place)
            place = place.parent
        }
        if !place.isRoot { _ = try FileSystem.resolve(place.filePath, beneath: root) }
        for path in missing.reversed() { try FileSystem.makeDirectories(root.appending(path)) }
        return path.isRoot ? root : try FileSystem.resolve(path.filePath, beneath: root)
    }

    // MARK: - Out of the way

    /// Takes what stands at an output away, so that a step cannot pass with it.
    ///
    /// - Parameter isRecorded: whether a run made exactly this, so that it may be removed; else it is moved into the
    ///   run's folder.
    /// - Returns: where it was moved to, if it was.
    func clear(_ output: WorkspacePath, isRecorded: Bool) async throws -> FilePath? {
        guard let place = try find(output) else { return nil }
        if isRecorded {
            try FileSystem.removeTree(place, within: root(of: output))
            return nil
        }
        return try await move(place, to: "replaced", as: output)
    }

    /// Moves what a failed step left at its output into the run's folder.
    func setAside(_ output: WorkspacePath, of step: String) async throws {
        guard let place = try find(output) else { return }
        _ = try await move(place, to: "failed", as: WorkspacePath(fileName(for: step)).appending(output))
    }

    /// Where something stands at an output, within the workspace, or `nil`.
    private func find(_ output: WorkspacePath) throws -> FilePath? {
        let root = root(of: output)
        guard try FileSystem.status(root.appending(output)) != nil else { return nil }
        return try directory(output.parent, of: root).appending(WorkspacePath(bytes: output.name))
    }

    /// Moves something into a folder of the run, across file systems if it must be, and returns where it is then.
    func move(_ place: FilePath, to folder: String, as path: WorkspacePath) async throws -> FilePath {
        var target = runFolder.appending(folder).appending(path)
        try FileSystem.makeDirectories(target.removingLastComponent())
        if FileSystem.exists(target) { target = temporarySibling(of: target) }
        if try rename(place, to: target) { return target }
        _ = try await TreeCopy().copy(place, to: target)
        let root = standIns.map(\.folder).first { place.starts(with: $0) } ?? workspace
        try FileSystem.removeTree(place, within: root)
        return target
    }

    /// Returns false where the two lie on different file systems.
    ///
    /// A directory that its owner may not write to cannot be moved, because its `..` changes. Source: rename(2).
    private func rename(_ place: FilePath, to target: FilePath) throws -> Bool {
        let status = try FileSystem.requireStatus(place)
        let isLocked = status.kind == .directory && status.mode & 0o200 == 0
        do throws(HostError) {
            if isLocked { try FileSystem.setMode(place, status.mode & 0o777 | 0o200) }
            try FileSystem.rename(place, to: target, replacing: false)
            if isLocked { try FileSystem.setMode(target, status.mode & 0o777) }
            return true
        } catch {
            if isLocked { try? FileSystem.setMode(place, status.mode & 0o777) }  // It may be gone by now.
            if case .failed(_, _, .improperLink) = error { return false }
            throw error
        }
    }

    // MARK: - In place

    /// Moves what a step made elsewhere to its place, where nothing stands.
    func bring(_ made: FilePath, to output: WorkspacePath) async throws {
        let target = try directory(output.parent, of: root(of: output)).appending(WorkspacePath(bytes: output.name))
        if try rename(made, to: target) { return }
        _ = try await TreeCopy().copy(made, to: target)
    }

    /// Puts a cached result in place.
    ///
    /// - Parameter recorded: the outputs that are exactly what a run made, and may be removed.
    /// - Returns: what was moved out of the way; `nil`, with nothing changed, when the cache does not hold all of the
    ///   result undamaged.
    func put(_ snapshots: [Snapshot], recorded: Set<WorkspacePath>) async throws -> [PipelineReport.SetAside]? {
        // What is left here is removed when the run ends.
        var staged: [FilePath] = []
        try directory(WorkspacePath(".headgate/incoming"), of: workspace)
        for snapshot in snapshots {
            let place = temporarySibling(of: staging.appending("out"))
            guard try await cache.put(snapshot, at: place) else { return nil }
            staged.append(place)
        }
        var moved: [PipelineReport.SetAside] = []
        for (snapshot, place) in zip(snapshots, staged) {
            if let target = try await clear(snapshot.path, isRecorded: recorded.contains(snapshot.path)) {
                moved.append(PipelineReport.SetAside(path: snapshot.path.text, movedTo: target))
            }
            try await bring(place, to: snapshot.path)
        }
        return moved
    }
}

extension FileSystem {
    /// Whether a directory, and no link, is at `path`.
    static func isPlainDirectory(_ path: FilePath) -> Bool {
        // What cannot be looked at is looked at more closely by whoever asks.
        (try? status(path))?.kind == .directory
    }
}
