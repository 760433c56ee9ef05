import Crypto
import HostSystem
import Model
import SystemPackage

/// What a source held when it was pinned: the list behind a pin, beside its data snapshot in the store.
struct Manifest: Sendable, Equatable {
    var source: String
    var kind: PinKind
    /// Where the source lives, absolute, links resolved.
    var location: String
    var isSingleFile: Bool
    /// Whether the data is a database's backup: equal in content to the location, not in bytes or time.
    var isDatabase: Bool
    var pinnedAt: Timestamp
    var fingerprint: ContentHash
    /// In the order of the bytes of the paths.
    var entries: [ManifestEntry]

    var files: Int { entries.count { $0.kind != .directory } }
    var bytes: Int64 { entries.reduce(0) { $0 + ($1.kind == .file ? $1.size : 0) } }

    func pin(id: String) -> Pin {
        Pin(
            source: source, kind: kind, id: id, fingerprint: fingerprint, location: location,
            isSingleFile: isSingleFile, files: files, bytes: bytes, pinnedAt: pinnedAt)
    }
}

/// One file, link or directory of a source, as its location showed it.
struct ManifestEntry: Sendable, Equatable {
    /// Relative to the location, or the name of a single file.
    var path: FilePath
    var kind: FileStatus.Kind
    var size: Int64
    var mode: UInt32
    var inode: UInt64
    var modified: Timestamp
    var changed: Timestamp
    /// The content's hash where it is known: always for copies.
    var hash: ContentHash?
    /// What a link holds.
    var target: FilePath?

    init(_ entry: TreeEntry, target: FilePath?) {
        self.init(path: entry.path, entry.status, target: target)
    }

    init(path: FilePath, _ status: FileStatus, target: FilePath? = nil, hash: ContentHash? = nil) {
        self.path = path
        kind = status.kind
        // A directory's size says how its names are stored, not what they are.
        size = status.kind == .directory ? 0 : status.size
        mode = status.mode
        inode = status.inode
        modified = status.modified
        changed = status.changed
        self.hash = hash
        self.target = target
    }

    var isExecutable: Bool { kind == .file && mode & 0o111 != 0 }

    /// Whether nothing happened to the file since: no program can set the change time.
    func isUntouched(_ other: ManifestEntry) -> Bool {
        path == other.path && kind == other.kind && size == other.size && mode == other.mode && inode == other.inode
            && modified == other.modified && changed == other.changed && target == other.target
    }

    /// Whether a copy of the file looks as it did when it was made.
    func looksLike(_ copy: ManifestEntry) -> Bool {
        guard kind == copy.kind else { return false }
        switch kind {
        case .file: return size == copy.size && modified == copy.modified
        case .symbolicLink: return target == copy.target
        default: return true
        }
    }

    var look: PinChange.Look { PinChange.Look(size: size, modified: modified) }
}

extension Manifest {
    /// Identifies the pinned data.
    ///
    /// Copies go by path, content and executable bit, so that two copies of equal data are equal wherever they were made.
    /// For everything else, reading the content would cost what the kind of pin is there to save: they go by path, size,
    /// mode, modification time and change time. The last one no program can set, so that other data never passes for this.
    static func fingerprint(of entries: [ManifestEntry], kind: PinKind) -> ContentHash {
        var text = ByteText()
        text.add(kind == .copy ? "headgate-content 1\n" : "headgate-listing 1\n")
        for entry in entries {
            text.add(entry.letter)
            if kind == .copy {
                if entry.isExecutable { text.add("x") }
                text.add(" ")
                text.add(entry.hash?.hex ?? "-")
            } else if entry.kind == .file {
                text.add(
                    " \(entry.mode) \(entry.size) \(entry.modified.nanoseconds) \(entry.changed.nanoseconds)")
            }
            text.add(" ")
            text.add(entry.path)
            if let target = entry.target { text.add(target) }
        }
        return ContentHash(SHA256.hash(data: text.bytes))
    }

    /// Tells one manifest from another, whatever they have in common.
    static func digest(_ text: [UInt8]) -> ContentHash { ContentHash(SHA256.hash(data: text)) }
}
