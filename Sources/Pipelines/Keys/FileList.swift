import HostSystem
import Model
import SystemPackage

/// Many files as one part of a key: a directory, the matches of a pattern, or all tracked files.
///
/// The list itself is kept beside the cache under its hash, so that `why` can name the file that changed.
struct FileList: Hashable, Sendable {
    /// What stands in the key.
    let value: String
    /// Paths relative to the workspace, each with what counts of it.
    let files: [StepKey.Part]

    init(value: String, files: [StepKey.Part]) {
        self.value = value
        self.files = files
    }

    init(_ snapshots: [Snapshot]) {
        var hasher = FieldHasher(domain: "files")
        files = snapshots.map { StepKey.Part($0.path.text, $0.value) }
        for file in files { hasher.add(file.name, file.value) }
        value = "files " + hasher.finish().hex
    }

    /// A directory, file by file.
    init(directory snapshot: Snapshot) {
        value = snapshot.value
        files = snapshot.entries.dropFirst().filter { $0.kind != .directory }
            .map { StepKey.Part(snapshot.path.appending($0.path).text, $0.value) }
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
        var bytes: [UInt8] = []
        for file in list.files {
            bytes += file.name.utf8
            bytes.append(0)
            bytes += file.value.utf8
            bytes.append(0)
        }
        try FileSystem.makeDirectories(directory)
        try writeWhole(bytes, to: path)
    }

    /// Returns the list kept under `value`, or `nil`: then only the whole can be compared.
    func load(_ value: String) -> [StepKey.Part]? {
        guard value.hasPrefix("tree ") || value.hasPrefix("files ") else { return nil }
        // A list that cannot be read explains nothing, and nothing depends on it.
        guard let bytes = try? FileSystem.readBytes(path(of: value), limit: 1 << 30) else { return nil }
        let texts = bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        return stride(from: 0, to: texts.count - 1, by: 2).map { StepKey.Part(texts[$0], texts[$0 + 1]) }
    }

    private func path(of value: String) -> FilePath {
        directory.appending(ContentHash(of: value).hex)
    }
}

/// Puts a file in place in one step, without waiting for the disk: for what may be lost but not be half there.
func writeWhole(_ bytes: [UInt8], to path: FilePath, mode: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]) throws {
    let temporary = path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "").\(UInt64.random(in: 0 ... .max))")
    do {
        let file = try FileDescriptor.open(
            temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: mode)
        try file.closeAfter { _ = try file.writeAll(bytes) }
    } catch let code as Errno {
        // The first failure is the one to tell; what is left is a temporary file in a cache.
        try? FileSystem.remove(temporary)
        throw HostError.failed(action: "write", path: path, code: code)
    }
    try FileSystem.rename(temporary, to: path)
}
