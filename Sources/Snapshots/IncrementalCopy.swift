import HostSystem
import Model
import Synchronization
import SystemPackage

/// Copies what changed since an earlier copy and hard-links the rest from there.
///
/// What is unchanged is decided by the location's own change times and inodes, which no program can set, and not by the
/// copy's. Both copies are immutable, so that sharing inodes between them is safe.
struct IncrementalCopy {
    let location: Location
    let base: CopyBase
    /// Must not exist.
    let target: FilePath
    let copy: TreeCopy

    func run() async throws {
        try FileSystem.makeDirectories(target)
        let known = Dictionary(base.manifest.entries.map { ($0.path, $0) }) { first, _ in first }
        var changed: [ManifestEntry] = []
        // Directories come before what is in them.
        for entry in location.entries {
            let path = target.pushing(entry.path)
            switch entry.kind {
            case .directory:
                try FileSystem.makeDirectories(path)
            case .symbolicLink:
                try FileSystem.symbolicLink(at: path, to: entry.target ?? "")
                try FileSystem.setModified(path, entry.modified)
            default:
                guard let old = known[entry.path], old.isUntouched(entry), try link(entry, at: path) else {
                    changed.append(entry)
                    continue
                }
            }
        }
        try await copy(changed)
        for entry in location.entries.reversed() where entry.kind == .directory {
            let path = target.pushing(entry.path)
            try FileSystem.setModified(path, entry.modified)
            try FileSystem.setMode(path, entry.mode)
        }
    }

    /// Returns whether the file of the earlier copy could be given another name.
    private func link(_ entry: ManifestEntry, at path: FilePath) throws -> Bool {
        do {
            try FileSystem.hardLink(at: path, to: base.data.pushing(entry.path))
            return true
        } catch HostError.failed(_, _, .tooManyLinks), HostError.failed(_, _, .noSuchFileOrDirectory) {
            return false
        }
    }

    private func copy(_ files: [ManifestEntry]) async throws {
        let total = files.reduce(0) { $0 + $1.size }
        let done = Mutex<Int64>(0)
        var one = copy
        one.progress = nil
        let copy = one
        try await withThrowingTaskGroup(of: Int64.self) { group in
            var next = files.makeIterator()
            func start() {
                guard let file = next.next() else { return }
                let (from, to) = (location.path(of: file), target.pushing(file.path))
                group.addTask {
                    _ = try await copy.copy(from, to: to)
                    return file.size
                }
            }
            for _ in 0..<max(1, copy.width) { start() }
            while let bytes = try await group.next() {
                let sum = done.withLock { sum in
                    sum += bytes
                    return sum
                }
                self.copy.progress?(sum, total)
                start()
            }
        }
    }
}
