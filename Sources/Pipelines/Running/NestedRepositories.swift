import HostSystem
import Model
import Synchronization
import SystemPackage

/// Finds Git repositories that a step planted in the workspace, or in what stands in for a part of it: they would run code
/// on the user's next `git status` there.
///
/// Every directory is remembered with its times. A step that makes something in a directory changes them, so that a
/// later look reads only the directories that changed. Where even looking at the times takes long, not every step is
/// followed by a look; the run always is.
final class NestedRepositories: Sendable {
    private let state: Mutex<RepositorySearches>

    /// - Parameter roots: directories, none within another.
    init(in roots: [FilePath]) {
        state = Mutex(RepositorySearches(all: roots.map { RepositorySearch(workspace: $0) }))
    }

    /// Takes note of what is there; only the first call does. To be called before any command starts.
    func begin() throws {
        try state.withLock { search in
            if search.hasBegun { return }
            search.hasBegun = true
            _ = try search.look()
        }
    }

    /// Returns the repositories that were not there before; each once.
    ///
    /// - Parameter isDue: whether to look in any case.
    func found(isDue: Bool = false) throws -> [(root: FilePath, path: WorkspacePath)] {
        try state.withLock { search in
            let started = SystemClock.monotonicNanoseconds()
            if !search.hasBegun || (!isDue && started < search.notBefore) { return [] }
            let new = try search.look()
            // Looking takes at most a twentieth of the time.
            let ended = SystemClock.monotonicNanoseconds()
            search.notBefore = ended + (ended - started) * 20
            return new
        }
    }
}

/// The searches of all roots.
private struct RepositorySearches {
    var all: [RepositorySearch]
    var hasBegun = false
    /// No look before this time on the monotonic clock, in nanoseconds.
    var notBefore: Int64 = 0

    mutating func look() throws -> [(root: FilePath, path: WorkspacePath)] {
        var found: [(FilePath, WorkspacePath)] = []
        for index in all.indices { found += try all[index].look().map { (all[index].workspace, $0) } }
        return found
    }
}

/// What is remembered of one root between two looks.
private struct RepositorySearch {
    let workspace: FilePath
    /// Each directory with when it last changed; 0 when it must be looked into again.
    var directories: [WorkspacePath: Timestamp] = [WorkspacePath(""): Timestamp(nanoseconds: 0)]
    /// The repositories found so far: submodules, and what the user made.
    var known: Set<WorkspacePath> = []

    /// Whether each directory inside adds a link to its parent, so that two links mean none. Source: `inode(7)`.
    private let countsDirectories: Bool

    init(workspace: FilePath) {
        self.workspace = workspace
        // Where the file system cannot be told, everything is looked at.
        let kind = try? FileSystem.kind(at: workspace)
        countsDirectories = kind == .ext4 || kind == .xfs || kind == .tmpfs
    }

    /// Returns what was not known.
    mutating func look() throws -> [WorkspacePath] {
        var found: [WorkspacePath] = []
        var waiting = Array(directories.keys)
        while let directory = waiting.popLast() {
            let place = workspace.appending(directory)
            guard let status = try FileSystem.status(place), status.kind == .directory else {
                directories[directory] = nil
                continue
            }
            let time = max(status.modified, status.changed)
            if directories[directory] == time { continue }
            // A change within the same tick of the kernel's clock would bear the same time.
            let isSettled = SystemClock.now().nanoseconds - time.nanoseconds > 20_000_000
            directories[directory] = isSettled ? time : Timestamp(nanoseconds: 0)
            if countsDirectories, status.links == 2 {
                // Without directories inside, a `.git` file is all there can be.
                let git = directory.appending(WorkspacePath(".git"))
                if !directory.isRoot, try FileSystem.status(workspace.appending(git)) != nil { found.append(git) }
                continue
            }
            let names = try FileSystem.list(place)
            found += repositories(in: directory, names: names)
            waiting += try newDirectories(in: directory, names: names)
        }
        return found.filter { known.insert($0).inserted }
    }

    private func repositories(in directory: WorkspacePath, names: [FilePath.Component]) -> [WorkspacePath] {
        if directory.isRoot { return [] }
        if RepositorySearch.bareNames.allSatisfy(names.contains) { return [directory] }
        return names.contains(".git") ? [directory.appending(WorkspacePath(".git"))] : []
    }

    private mutating func newDirectories(
        in directory: WorkspacePath, names: [FilePath.Component]
    ) throws -> [WorkspacePath] {
        var new: [WorkspacePath] = []
        for name in names where name != ".git" {
            let path = directory.appending(WorkspacePath(FilePath(root: nil, [name])))
            if path == RepositorySearch.ownDirectory || directories[path] != nil { continue }
            guard try FileSystem.status(workspace.appending(path))?.kind == .directory else { continue }
            directories[path] = Timestamp(nanoseconds: 0)
            new.append(path)
        }
        return new
    }

    private static let ownDirectory = WorkspacePath(".headgate")
    /// What makes Git take a directory for a bare repository. Source: git `setup.c`, is_git_directory.
    private static let bareNames: [FilePath.Component] = ["HEAD", "objects", "refs"]
}
