import HostSystem
import Model
import Persistence
import SystemPackage

/// What a step made at one of its outputs, by its record, to be put together elsewhere than in a workspace.
public struct RecordedOutput: Sendable {
    /// One file, link or directory of it.
    public struct Entry: Hashable, Sendable {
        /// Relative to the output, which itself has the empty path.
        public let path: FilePath
        public let kind: OutputEntry.Kind
        /// Of a file's content; `nil` for others.
        public let hash: ContentHash?
        /// The permission bits.
        public let mode: UInt32
        /// In bytes; 0 for links and directories.
        public let size: Int64
        /// What a link holds; `nil` for anything else.
        public let target: FilePath?
    }

    private let snapshot: Snapshot

    /// Reads the record of what stood at `path`, or returns `nil` where `recorded` is not of the outputs that were asked
    /// for: a later run made others under the same key.
    ///
    /// - Parameters:
    ///   - path: one of the step's outputs, as it declares them.
    ///   - digest: the hash of all the step's outputs, as a run recorded it.
    public init?(at path: String, of step: ResolvedStep, recorded: CachedResult, digest: ContentHash) {
        let paths = step.outputs.compactMap { WorkspacePath(declared: $0) }
        guard let wanted = WorkspacePath(declared: path), let index = paths.firstIndex(of: wanted),
            let snapshots = Snapshot.read(recorded.outputs, for: paths), outputsHash(snapshots) == digest
        else { return nil }
        snapshot = snapshots[index]
    }

    /// Whether a step's declared output is meant by `path`, however either is written.
    public static func isSame(_ output: String, _ path: String) -> Bool {
        guard let output = WorkspacePath(declared: output) else { return false }
        return output == WorkspacePath(declared: path)
    }

    public var isSingleFile: Bool { snapshot.root.kind != .directory }

    /// First the output itself, then what is in it, each directory before what it holds.
    public var entries: [Entry] {
        snapshot.entries.map { entry in
            let (kind, target): (OutputEntry.Kind, FilePath?) =
                switch entry.kind {
                case .file: (.file, nil)
                case .directory: (.directory, nil)
                case .link(let target): (.link, WorkspacePath(bytes: target).filePath)
                }
            return Entry(
                path: entry.path.filePath, kind: kind, hash: entry.hash, mode: entry.mode, size: entry.size,
                target: target)
        }
    }

    /// Puts it together at `place`, where nothing is, by the hashes of its contents alone.
    ///
    /// - Parameters:
    ///   - cache: the directory of the cache that holds them.
    ///   - workspaces: looked in for what the cache has not; a file there counts only if it has the hash.
    /// - Returns: false, with a part of it at `place`, when a content is nowhere to be had.
    public func put(at place: FilePath, from cache: FilePath, orFrom workspaces: [FilePath]) async throws -> Bool {
        try await OutputCache(directory: cache).put(snapshot, at: place) { entry, target in
            for workspace in workspaces where try await take(entry, from: workspace, to: target) { return true }
            return false
        }
    }

    private func take(_ entry: FileEntry, from workspace: FilePath, to target: FilePath) async throws -> Bool {
        let path = snapshot.path.appending(entry.path).filePath
        // What cannot be reached without leaving the workspace, or is not there, is none of it.
        guard let file = try? FileSystem.resolve(path, beneath: workspace),
            let status = try FileSystem.status(file), status.kind == .file, status.size == entry.size
        else { return false }
        do {
            _ = try await TreeCopy(method: .auto, width: 1).copy(file, to: target)
        } catch HostError.changedWhileRead {
            return false
        }
        guard try FileHasher.hash(target) == entry.hash else {
            try FileSystem.remove(target)
            return false
        }
        try FileSystem.setMode(target, entry.mode & 0o777)
        return true
    }
}
