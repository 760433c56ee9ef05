import HostSystem
import Persistence
import SystemPackage

/// What the environment's own copies of writable sources are like at one moment.
///
/// A step may change them without declaring it, and no key tells: its outputs alone are not all that it made. So what
/// ran is compared with what was there before by the files' identities, which also tell of a file that was written as it
/// was. What steps declare as outputs is left out.
struct WritableSources: Sendable {
    /// By source, what is at and beneath its path.
    private let states: [String: [String: Entry]]

    private struct Entry: Hashable {
        let kind: FileStatus.Kind
        let mode: UInt32
        /// `nil` for a directory, whose times tell of outputs in it as well.
        let identity: FileIdentity?
    }

    init(of graph: PipelineGraph) throws {
        var states: [String: [String: Entry]] = [:]
        for (source, path) in zip(graph.sources, graph.sourcePaths) {
            guard source.isWritable, let path, let copy = source.realPath else { continue }
            states[source.name] = try Self.entries(of: copy, at: path, graph)
        }
        self.states = states
    }

    /// The sources that are not as they were.
    func changed(since earlier: WritableSources) -> [String] {
        states.keys.filter { states[$0] != earlier.states[$0] }.sorted()
    }

    private static func entries(
        of copy: FilePath, at path: WorkspacePath, _ graph: PipelineGraph
    ) throws -> [String: Entry] {
        var found: [TreeEntry] = []
        // A database holds what was committed last in a log beside it.
        for suffix in ["", "-wal", "-journal", ".wal"] {
            if let status = try FileSystem.status(FilePath(copy.string + suffix)) {
                found.append(TreeEntry(path: FilePath(suffix), status: status))
            }
        }
        let isDirectory = found.first { $0.path.isEmpty }?.status.kind == .directory
        if isDirectory { found += try TreeWalk.list(copy) }
        var entries: [String: Entry] = [:]
        for entry in found {
            if isDirectory, graph.index.output(covering: path.appending(WorkspacePath(entry.path))) != nil { continue }
            let status = entry.status
            entries[entry.path.string] = Entry(
                kind: status.kind, mode: status.mode, identity: status.kind == .directory ? nil : FileIdentity(status))
        }
        return entries
    }
}
