import HostSystem
import Model
import Persistence

/// One file, link or directory of a snapshot.
struct FileEntry: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case file, directory
        /// With what it holds.
        case link([UInt8])
    }

    /// Relative to the root of the snapshot, which itself has the empty path.
    var path: WorkspacePath
    var kind: Kind
    /// Of a file's content; `nil` for others.
    var hash: ContentHash?
    /// The permission bits.
    var mode: UInt32
    /// In bytes; 0 for links and directories.
    var size: Int64
    /// What tells that nothing changed since it was looked at; `nil` for what is known from records only.
    var identity: FileIdentity?

    /// What counts of this entry: content and executable bit of a file, what a link holds.
    var value: String {
        switch kind {
        case .file: (hash?.hex ?? "") + (mode & 0o100 == 0 ? "" : " executable")
        case .link(let target): "link to " + WorkspacePath(bytes: target).text
        case .directory: "directory"
        }
    }
}

/// What stood at a path: a file, a link, or a directory with all that is in it.
struct Snapshot: Hashable, Sendable {
    /// Relative to the workspace.
    let path: WorkspacePath
    /// First what stands at `path` itself; then, of a directory, what is in it, in the order of the bytes of the paths.
    let entries: [FileEntry]
    /// What counts of it: equal for equal contents, names, executable bits and links.
    let value: String
    /// Whether what a link leads to counts as well.
    let isFollowed: Bool

    init(path: WorkspacePath, entries: [FileEntry], followed: String? = nil) {
        self.path = path
        self.entries = entries
        let own = entries[0].kind == .directory ? "tree " + treeHash(entries).hex : entries[0].value
        isFollowed = followed != nil
        value = followed.map { own + " holding " + $0 } ?? own
    }

    /// A directory as it was before.
    init(path: WorkspacePath, entries: [FileEntry], value: String) {
        self.path = path
        self.entries = entries
        self.value = value
        isFollowed = false
    }

    var root: FileEntry { entries[0] }

    /// The hash of a file's content; of anything else, of what counts of it.
    var contentHash: ContentHash { root.hash ?? ContentHash(of: value) }

    var bytes: Int64 { entries.reduce(0) { $0 + $1.size } }

    /// What stands at `path`, which is this snapshot's or lies beneath it, or `nil`.
    func at(_ inner: WorkspacePath) -> Snapshot? {
        if inner == path { return self }
        let relative = inner.relative(to: path)
        guard var first = entry(at: relative) else { return nil }
        first.path = WorkspacePath("")
        if first.kind != .directory { return Snapshot(path: inner, entries: [first]) }
        let inside = entries.filter { $0.path != relative && $0.path.isAtOrBeneath(relative) }.map { entry in
            var moved = entry
            moved.path = entry.path.relative(to: relative)
            return moved
        }
        return Snapshot(path: inner, entries: [first] + inside)
    }

    private func entry(at relative: WorkspacePath) -> FileEntry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].path < relative { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].path == relative ? entries[low] : nil
    }
}

extension Snapshot {
    /// A link in the snapshot that leads out of the workspace, wherever that lies, or `nil`.
    var escapingLink: WorkspacePath? {
        for entry in entries {
            guard case .link(let target) = entry.kind else { continue }
            let place = path.appending(entry.path)
            if target.first == UInt8(ascii: "/") { return place }
            var depth = place.bytes.split(separator: UInt8(ascii: "/")).count - 1
            for name in target.split(separator: UInt8(ascii: "/")) where !name.elementsEqual(".".utf8) {
                depth += name.elementsEqual("..".utf8) ? -1 : 1
                if depth < 0 { return place }
            }
        }
        return nil
    }
}

/// Hashes a directory such that its hash is made of its children's: names, kinds, contents.
///
/// - Parameter entries: the directory first, then all that is in it; each directory before what it holds, children in
///   the order of their names.
private func treeHash(_ entries: [FileEntry]) -> ContentHash {
    var children: [WorkspacePath: [Int]] = [:]
    // Neighbours mostly share their directory, which is then looked up once for all of them.
    var directory: WorkspacePath?
    var members: [Int] = []
    for (number, entry) in entries.enumerated() where !entry.path.isRoot {
        if let current = directory, entry.path.isDirectly(in: current) {
            members.append(number)
            continue
        }
        if let directory { children[directory, default: []] += members }
        directory = entry.path.parent
        members = [number]
    }
    if let directory { children[directory, default: []] += members }
    var values: [WorkspacePath: String] = [:]
    for directory in entries.reversed() where directory.kind == .directory {
        var bytes: [UInt8] = []
        for child in children[directory.path] ?? [] {
            let entry = entries[child]
            let value = entry.kind == .directory ? values[entry.path] ?? "" : entry.value
            bytes.append(field: entry.path.name)
            bytes.append(text: value)
        }
        var hasher = FieldHasher(domain: "tree")
        hasher.add("children", bytes: bytes)
        values[directory.path] = "tree " + hasher.finish().hex
    }
    return ContentHash(of: values[WorkspacePath("")] ?? "")
}

extension WorkspacePath {
    /// The directory that holds it; the workspace for a single name.
    var parent: WorkspacePath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return WorkspacePath(bytes: []) }
        return WorkspacePath(bytes: Array(bytes[..<slash]))
    }

    /// Whether `directory` is the directory that holds it.
    func isDirectly(in directory: WorkspacePath) -> Bool {
        let start = directory.isRoot ? 0 : directory.bytes.count + 1
        guard bytes.count > start, directory.isRoot || isAtOrBeneath(directory) else { return false }
        return !bytes[start...].contains(UInt8(ascii: "/"))
    }

    /// The last name.
    var name: [UInt8] {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes }
        return Array(bytes[(slash + 1)...])
    }
}

extension Snapshot {
    /// The entries as the state store keeps them.
    var outputEntries: [OutputEntry] {
        entries.map { entry in
            let place = path.appending(entry.path).text
            return switch entry.kind {
            case .file:
                OutputEntry(path: place, kind: .file, hash: entry.hash, mode: entry.mode, size: entry.size)
            case .directory:
                OutputEntry(path: place, kind: .directory, hash: nil, mode: entry.mode, size: 0)
            case .link(let target):
                OutputEntry(
                    path: place, kind: .link, hash: nil, mode: entry.mode, size: 0,
                    linkTarget: WorkspacePath(bytes: target).text)
            }
        }
    }

    /// Reads what the state store kept, as one snapshot for each of `paths`.
    ///
    /// - Returns: `nil` when the entries do not hold all paths.
    static func read(_ outputs: [OutputEntry], for paths: [WorkspacePath]) -> [Snapshot]? {
        var entries: [WorkspacePath: [FileEntry]] = [:]
        for output in outputs {
            let place = WorkspacePath(unescaping: output.path)
            let target = output.linkTarget.map { WorkspacePath(unescaping: $0).bytes } ?? []
            let kind: FileEntry.Kind =
                switch output.kind {
                case .file: .file
                case .directory: .directory
                case .link: .link(target)
                }
            for path in paths where place.isAtOrBeneath(path) {
                let relative = place == path ? WorkspacePath("") : place.relative(to: path)
                entries[path, default: []].append(
                    FileEntry(path: relative, kind: kind, hash: output.hash, mode: output.mode, size: output.size))
            }
        }
        var snapshots: [Snapshot] = []
        for path in paths {
            guard let found = entries[path], found[0].path.isRoot else { return nil }
            snapshots.append(Snapshot(path: path, entries: found))
        }
        return snapshots
    }
}

/// Hashes all outputs of a step, paths and contents; `nil` for a step without outputs.
func outputsHash(_ snapshots: [Snapshot]) -> ContentHash? {
    if snapshots.isEmpty { return nil }
    var hasher = FieldHasher(domain: "outputs")
    for snapshot in snapshots {
        hasher.add("path", bytes: snapshot.path.bytes)
        hasher.add("value", snapshot.value)
    }
    return hasher.finish()
}
