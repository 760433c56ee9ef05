import HostSystem
import Model
import Persistence
import SystemPackage

/// What a run saw of the file system when every step was up to date, so that the next one only looks whether any of it
/// changed; `EarlierRun` reads it.
///
/// It holds every file and directory that decided anything: inputs, outputs, what links lead to, and each directory
/// in which a pattern was looked for, since a new file changes its directory's time. It is written only when none of
/// these had changed so shortly before that a later change could bear the same time; equal identities then mean equal
/// contents, as in Git's index. A damaged, foreign or missing file is the same as none.
///
/// Source: git `Documentation/technical/racy-git.txt`.
struct RunIndex: Sendable {
    /// One place that was looked at.
    struct Place: Sendable, Hashable {
        /// Absolute.
        var path: FilePath
        var identity: FileIdentity
        var mode: UInt32

        /// Whether the same lies there still.
        var isUnchanged: Bool {
            get throws {
                guard let status = try FileSystem.status(path) else { return false }
                return FileIdentity(status) == identity && status.mode == mode
            }
        }
    }

    /// All that is in one directory, each with its identity, and where it lies.
    struct Directory: Sendable {
        var location: FilePath
        var snapshot: Snapshot
    }

    /// Identifies all that decides keys and is no file.
    var fingerprint: ContentHash
    var isolation: IsolationLevel
    var directories: [Directory]
    var places: [Place]
    var steps: [StepResult]

    /// Whether nothing changed within the last moments before `moment`, when the looking began.
    func isSettled(at moment: Timestamp) -> Bool {
        !places.contains { HashCache.isRacy($0.identity, readingBegan: moment) }
            && !directories.contains { directory in
                directory.snapshot.entries.contains {
                    $0.identity.map { HashCache.isRacy($0, readingBegan: moment) } ?? true
                }
            }
    }
}

// MARK: - The file

extension RunIndex {
    /// Raised with every change of the format.
    static let magic = "headgate index 2\n"

    /// Up to this many files of a directory stand together, and are looked at by one thread.
    private static let portion = 1024

    /// Replaces the file at `path`.
    func save(_ path: FilePath) throws {
        var bytes = Array(RunIndex.magic.utf8)
        let files = directories.reduce(places.count) { $0 + $1.snapshot.entries.count }
        bytes.reserveCapacity(files * 120 + steps.count * 160)
        bytes.append(text: fingerprint.hex)
        bytes.append(text: isolation.rawValue)
        bytes.append(number: Int64(directories.count))
        for directory in directories { bytes.append(directory) }
        bytes.append(number: Int64(places.count))
        for place in places {
            bytes.append(field: WorkspacePath(place.path).bytes)
            bytes.append(place.identity, mode: place.mode)
        }
        bytes.append(number: Int64(steps.count))
        for step in steps {
            bytes.append(text: step.id)
            bytes.append(text: step.key?.hex ?? "")
            bytes.append(text: step.outputs?.hex ?? "")
        }
        bytes += ContentHash(ofBytes: bytes).hex.utf8
        try FileSystem.makeDirectories(path.removingLastComponent())
        try writeWhole(bytes, to: path)
    }

    fileprivate static func portions(_ entries: [FileEntry]) -> [ArraySlice<FileEntry>] {
        stride(from: 0, to: entries.count, by: portion).map { entries[$0..<min($0 + portion, entries.count)] }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ identity: FileIdentity, mode: UInt32) {
        append(number: Int64(bitPattern: identity.inode))
        append(number: identity.size)
        append(number: identity.modified.nanoseconds)
        append(number: identity.changed.nanoseconds)
        append(number: Int64(mode))
    }

    fileprivate mutating func append(_ directory: RunIndex.Directory) {
        append(field: directory.snapshot.path.bytes)
        append(field: WorkspacePath(directory.location).bytes)
        append(text: directory.snapshot.value)
        let portions = RunIndex.portions(directory.snapshot.entries)
        append(number: Int64(portions.count))
        for portion in portions {
            var content: [UInt8] = []
            content.reserveCapacity(portion.count * 120)
            for entry in portion { content.append(entry) }
            append(number: Int64(portion.count))
            append(field: content)
        }
    }

    /// The path is ended by a zero, so that the kernel can be given it as it stands there.
    fileprivate mutating func append(_ entry: FileEntry) {
        append(field: entry.path.bytes + [0])
        guard let identity = entry.identity else { preconditionFailure("what is written down was looked at") }
        append(identity, mode: entry.mode)
        switch entry.kind {
        case .file: append(text: "file " + (entry.hash?.hex ?? ""))
        case .directory: append(text: "directory")
        case .link(let target): append(field: Array("link ".utf8) + target)
        }
    }
}
