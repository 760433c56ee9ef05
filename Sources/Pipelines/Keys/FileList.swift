import HostSystem
import Model
import SystemPackage

/// Many files as one part of a key: a directory, the matches of a pattern, or all tracked files.
///
/// The list itself is kept beside the cache under its hash, so that `why` can name the file that changed.
struct FileList: Hashable, Sendable {
    /// What stands in the key.
    let value: String
    private let content: Content

    private enum Content: Hashable, Sendable {
        case files([StepKey.Part])
        case directory(Snapshot)
    }

    init(_ files: [StepKey.Part]) {
        var hasher = FieldHasher(domain: "files")
        for file in files { hasher.add(file.name, file.value) }
        value = "files " + hasher.finish().hex
        content = .files(files)
    }

    init(_ snapshots: [Snapshot]) {
        self.init(snapshots.map { StepKey.Part($0.path.text, $0.value) })
    }

    init(directory snapshot: Snapshot) {
        value = snapshot.value
        content = .directory(snapshot)
    }

    /// Paths relative to the workspace, each with what counts of it. Made when asked for: a directory may be large.
    var files: [StepKey.Part] {
        switch content {
        case .files(let files): files
        case .directory(let snapshot):
            snapshot.entries.dropFirst().filter { $0.kind != .directory }
                .map { StepKey.Part(snapshot.path.appending($0.path).text, $0.value) }
        }
    }

    /// Names and values, each with a zero behind it.
    fileprivate var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func add(_ text: String) {
            bytes += text.utf8
            bytes.append(0)
        }
        switch content {
        case .files(let files):
            for file in files {
                add(file.name)
                add(file.value)
            }
        case .directory(let snapshot):
            bytes.reserveCapacity(snapshot.entries.count * 128)
            for entry in snapshot.entries.dropFirst() where entry.kind != .directory {
                add(snapshot.path.appending(entry.path).text)
                add(entry.value)
            }
        }
        return bytes
    }

    /// Returns what differs between two lists, file by file.
    static func differences(from old: [StepKey.Part], to new: [StepKey.Part]) -> [KeyDifference] {
        var before: [String: String] = [:]
        for part in old { before[part.name] = part.value }
        var found: [KeyDifference] = []
        for part in new {
            let earlier = before.removeValue(forKey: part.name)
            if earlier != part.value {
                found.append(KeyDifference(part: "input:" + part.name, old: earlier, new: part.value))
            }
        }
        for (name, value) in before.sorted(by: { $0.key < $1.key }) {
            found.append(KeyDifference(part: "input:" + name, old: value, new: nil))
        }
        return found
    }
}

/// The lists behind the keys of successful steps, by what stands in the key for them.
struct FileListStore: Sendable {
    /// `<cache>/lists`.
    let directory: FilePath

    init(cache: FilePath) {
        directory = cache.appending("lists")
    }

    /// Keeps a list; one that is there already is left as it is.
    func save(_ list: FileList) throws {
        let path = self.path(of: list.value)
        if FileSystem.exists(path) { return }
        try FileSystem.makeDirectories(directory)
        try writeWhole(list.bytes, to: path)
    }

    /// Returns the list kept under `value`, or `nil`: then only the whole can be compared.
    func load(_ value: String) -> [StepKey.Part]? {
        guard value.hasPrefix("tree ") || value.hasPrefix("files ") else { return nil }
        // A list that cannot be read explains nothing, and nothing depends on it.
        guard let bytes = try? FileSystem.readBytes(path(of: value), limit: 1 << 30) else { return nil }
        let texts = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        return stride(from: 0, to: texts.count - 1, by: 2).map { StepKey.Part(texts[$0], texts[$0 + 1]) }
    }

    private func path(of value: String) -> FilePath {
        directory.appending(ContentHash(of: value).hex)
    }
}
