import HostSystem
import Model
import Persistence
import SystemPackage

/// Step outputs by content, shared by every workspace and branch of a repository.
///
///     <aa>/<hash>      a content, read-only
///     <aa>/<hash>.at   where a content lies that is too large to be copied here
///     lists/<hash>     the files behind a part of a key
///     locks            a lock for each key whose result is being computed
///     tmp/             what is being written
///
/// A content comes in under a temporary name, is hashed there, where nobody else writes, and gets its name by a rename:
/// any number of writers may do so at once. It goes out as a copy, never as a hard link, so that no step can change it,
/// and only after it was hashed, or its file is known to be unchanged since. A content that does not have its hash is
/// dropped, and the step runs again.
public struct OutputCache: Sendable {
    /// `<workspaces root>/.store/cache`.
    public let directory: FilePath
    let hashCache: HashCache?
    /// Larger files are not copied where the disk cannot clone them.
    let copyLimit: Int64

    public init(directory: FilePath) {
        self.init(directory: directory, hashCache: nil, copyLimit: 0)
    }

    init(directory: FilePath, hashCache: HashCache?, copyLimit: Int64) {
        self.directory = directory
        self.hashCache = hashCache
        self.copyLimit = copyLimit
    }

    func path(of hash: ContentHash) -> FilePath {
        directory.appending(hash.prefix(2)).appending(hash.hex)
    }

    private func placePath(of hash: ContentHash) -> FilePath {
        directory.appending(hash.prefix(2)).appending(hash.hex + ".at")
    }

    var locks: FilePath { directory.appending("locks") }

    /// Makes the directories that every writer uses.
    func prepare() throws {
        try FileSystem.makeDirectories(directory.appending("tmp"))
    }

    // MARK: - In

    /// Takes the content of a file in, and returns its hash.
    ///
    /// - Throws: `PipelineError.inputChanged` for a file that is written to meanwhile.
    func store(_ file: FilePath, size: Int64) async throws -> ContentHash {
        if size <= OutputCache.smallFile { return try storeSmall(file) }
        let temporary = temporarySibling(of: directory.appending("tmp").appending("in"))
        // A copy that was taken in already is moved away; what a failed one left is of no use.
        defer { try? FileSystem.remove(temporary) }
        do {
            let method: TreeCopy.Method = size > copyLimit ? .reflink : .auto
            _ = try await TreeCopy(method: method, width: 1, makeReadOnly: true).copy(file, to: temporary)
        } catch HostError.unsupported {
            return try storePlace(of: file)
        } catch HostError.changedWhileRead {
            throw PipelineError.inputChanged(file)
        }
        let hash = try hash(temporary)
        try name(temporary, hash)
        return hash
    }

    /// Up to this size a file is read into memory, which is quicker than a copy by the system.
    private static let smallFile: Int64 = 128 << 10

    private func storeSmall(_ file: FilePath) throws -> ContentHash {
        let before = try FileSystem.requireStatus(file)
        let bytes = try FileSystem.readBytes(file)
        let after = try FileSystem.requireStatus(file)
        guard FileIdentity(before) == FileIdentity(after), bytes.count == Int(after.size) else {
            throw PipelineError.inputChanged(file)
        }
        let hash = ContentHash(ofBytes: bytes)
        let target = path(of: hash)
        // What cannot be read, or was damaged, is replaced by this good one.
        if let there = try? FileSystem.readBytes(target), there == bytes { return hash }
        try FileSystem.makeDirectories(target.removingLastComponent())
        try writeWhole(bytes, to: target, mode: [.ownerRead, .groupRead, .otherRead])
        return hash
    }

    private func name(_ temporary: FilePath, _ hash: ContentHash) throws {
        let target = path(of: hash)
        try FileSystem.makeDirectories(target.removingLastComponent())
        try FileSystem.setMode(temporary, 0o444)
        try FileSystem.rename(temporary, to: target)
        // The rename changed the time of the file; to know its hash later it is looked at again.
        remember(target, hash)
    }

    private func storePlace(of file: FilePath) throws -> ContentHash {
        let hash = try hash(file)
        let target = placePath(of: hash)
        try FileSystem.makeDirectories(target.removingLastComponent())
        try writeWhole(Array(file.string.utf8), to: target)
        return hash
    }

    // MARK: - Out

    /// Whether all contents of a result are at hand, by name and size; their hashes are looked at when they go out.
    func holds(_ result: CachedResult) -> Bool {
        result.outputs.allSatisfy { entry in
            guard let hash = entry.hash else { return true }
            return find(hash, size: entry.size) != nil
        }
    }

    /// Copies a content to `target`, which must not exist.
    ///
    /// - Returns: false when the content is not there, or was damaged and has been dropped.
    func put(_ hash: ContentHash, size: Int64, mode: UInt32, at target: FilePath) async throws -> Bool {
        guard let found = find(hash, size: size) else { return false }
        if size <= OutputCache.smallFile {
            let bytes = try FileSystem.readBytes(found)
            guard ContentHash(ofBytes: bytes) == hash else { return drop(hash) }
            try writeWhole(bytes, to: target)
        } else {
            guard try isIntact(found, hash) else { return drop(hash) }
            _ = try await TreeCopy(method: .auto, width: 1).copy(found, to: target)
        }
        try FileSystem.setMode(target, mode & 0o777)
        return true
    }

    private func find(_ hash: ContentHash, size: Int64) -> FilePath? {
        // What cannot be looked at is not at hand: the step then runs.
        let own = path(of: hash)
        if let status = try? FileSystem.status(own), status.kind == .file, status.size == size { return own }
        guard let text = try? FileSystem.readText(placePath(of: hash), limit: 1 << 16) else { return nil }
        let place = FilePath(text)
        guard let status = try? FileSystem.status(place), status.kind == .file, status.size == size else { return nil }
        return place
    }

    private func isIntact(_ file: FilePath, _ hash: ContentHash) throws -> Bool {
        let identity = FileIdentity(try FileSystem.requireStatus(file))
        let volume = try Volume(of: file).identifier
        if let known = hashCache?.hashes(of: [identity], on: volume)[0] { return known == hash }
        let began = SystemClock.now()
        let found = try self.hash(file)
        hashCache?.insert([HashCache.Entry(identity: identity, hash: found, readingBegan: began)], on: volume)
        return found == hash
    }

    private func hash(_ file: FilePath) throws -> ContentHash {
        do {
            return try FileHasher.hash(file)
        } catch HostError.changedWhileRead(let path) {
            throw PipelineError.inputChanged(path)
        }
    }

    private func remember(_ file: FilePath, _ hash: ContentHash) {
        // Only saves time later.
        guard let hashCache, let status = try? FileSystem.status(file), let volume = try? Volume(of: file) else {
            return
        }
        // Nobody but this process could write to the file since it was hashed.
        let entry = HashCache.Entry(
            identity: FileIdentity(status), hash: hash,
            readingBegan: Timestamp(nanoseconds: status.changed.nanoseconds + 3_000_000_000))
        hashCache.insert([entry], on: volume.identifier)
    }

    private func drop(_ hash: ContentHash) -> Bool {
        // One that cannot be removed is found damaged again.
        try? FileSystem.remove(path(of: hash))
        try? FileSystem.remove(placePath(of: hash))
        return false
    }
}
