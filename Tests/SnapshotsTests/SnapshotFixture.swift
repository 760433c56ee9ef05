import Glibc
import HostSystem
import Model
import Persistence
import SystemPackage
import TestSupport

@testable import Snapshots

/// A location with some data, a workspace and a store, all in one temporary directory.
final class SnapshotFixture: Sendable {
    let directory: TemporaryDirectory
    let store: SnapshotStore
    let hashes: HashCache

    /// Makes the fixture in `parent`, which decides on the file system.
    init(in parent: FilePath = "/tmp", filled: Bool = true) throws {
        directory = try TemporaryDirectory(in: parent)
        hashes = HashCache(at: directory.path("hashes.sqlite"))
        store = SnapshotStore(root: directory.path("envs/.store/snapshots"), hashes: hashes, time: .system)
        try FileSystem.makeDirectories(directory.path("envs/b"))
        if filled {
            try directory.write("data/2026-01.csv", "a,b\n1,2\n")
            try directory.write("data/sub/2026-02.csv", "a,b\n3,4\n")
            try directory.write("data/run.sh", "#!/bin/sh\n", mode: 0o755)
            try FileSystem.symbolicLink(at: directory.path("data/latest"), to: "sub/2026-02.csv")
        }
    }

    var location: FilePath { directory.path("data") }
    var workspace: FilePath { directory.path("envs/b") }

    func pin(
        _ policy: PinPolicy = .auto, previous: Pin? = nil, limits: StorePolicy = StorePolicy(),
        location: FilePath? = nil
    ) async throws -> Pin {
        try await store.pin(
            source: source(pin: policy), location: location ?? self.location, policy: limits, previous: previous)
    }

    func snapshotFiles() throws -> [String] {
        try TreeWalk.list(store.root).map(\.path.string).filter { $0 != ".lock" }
    }
}

func source(_ name: String = "raw", pin: PinPolicy = .auto, kind: Source.Kind = .files, writable: Bool = false)
    -> Source
{
    Source(name: name, kind: kind, path: "data/raw", isWritable: writable, pin: pin)
}

/// Writes over a file's content in place, keeping its inode, size and modification time.
func overwriteQuietly(_ path: FilePath, _ text: String) throws {
    let before = try FileSystem.requireStatus(path)
    let file = try FileDescriptor.open(path, .writeOnly)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
    try FileSystem.setModified(path, before.modified)
}

func inode(_ path: FilePath) throws -> UInt64 { try FileSystem.requireStatus(path).inode }

extension SnapshotStore {
    /// What is not as it was pinned, with every file of a copy read.
    func contentChanges(_ pin: Pin) async throws -> [PinChange] {
        let changes = try await verify(pin)
        guard pin.kind == .copy, changes.isEmpty else { return changes }
        let data = dataPath(of: pin)
        return try manifest(pin.id).entries.filter { $0.kind == .file && $0.hash != nil }.compactMap { file in
            let found = try FileHasher.hash(data.pushing(file.path))
            return found == file.hash ? nil : PinChange(path: file.path.string, was: file.look, now: file.look)
        }
    }
}
