import Crypto
import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct TreeWalkTests {
    @Test(arguments: [1, 4]) func listsEverythingInTheOrderOfBytes(width: Int) throws {
        let directory = try TemporaryDirectory()
        for name in ["a/z", "a-b", "a/b/c", "B", "ä", ".git/x"] { try directory.write(name, name) }
        try FileSystem.symbolicLink(at: directory.path("link"), to: "a")
        let odd = directory.path("a").appending(try #require(latinName.lastComponent))
        try FileSystem.replace(odd, withText: "x")
        let entries = try TreeWalk.list(directory.path, width: width)
        #expect(
            entries.map(\.path).filter { $0 != FilePath("a").pushing(latinName) } == [
                ".git", ".git/x", "B", "a", "a-b", "a/b", "a/b/c", "a/z", "link", "ä",
            ])
        #expect(entries.contains { $0.path == FilePath("a").pushing(latinName) })
        #expect(entries.first { $0.path == "link" }?.status.kind == .symbolicLink)
        #expect(entries.first { $0.path == "B" }?.status == (try FileSystem.status(directory.path("B"))))
    }

    @Test func agreesWithItselfHoweverManyThreads() throws {
        let directory = try TemporaryDirectory()
        for number in 0..<300 { try directory.write("\(number % 7)/\(number % 3)/\(number)") }
        let list = try TreeWalk.list(directory.path)
        #expect(list.count == 300 + 7 + 21)
        #expect(try TreeWalk.list(directory.path, width: 3) == list)
    }

    @Test func listsNothingOfAnEmptyDirectoryAndFailsWithoutOne() throws {
        let directory = try TemporaryDirectory()
        #expect(try TreeWalk.list(directory.path).isEmpty)
        #expect(throws: HostError.self) { try TreeWalk.list(directory.path("none")) }
        #expect(throws: HostError.self) { try TreeWalk.list(try directory.write("file")) }
    }

    @Test func withstandsATreeThatChanges() throws {
        let directory = try TemporaryDirectory()
        let changing = Repeating {
            for number in 0..<20 { _ = try? directory.write("d\(number)/e/file") }
            for number in 0..<20 { try? FileSystem.removeTree(directory.path("d\(number)"), within: directory.path) }
        }
        for _ in 0..<100 { _ = try TreeWalk.list(directory.path, width: 2) }
        changing.stop()
    }
}

@Suite struct FileHasherTests {
    @Test func agreesWithTheStandard() throws {
        let directory = try TemporaryDirectory()
        let empty = try directory.write("empty")
        #expect(
            try FileHasher.hash(empty).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let bytes = (0..<3_500_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let large = try directory.write("large", bytes: bytes)
        #expect(try FileHasher.hash(large) == ContentHash(SHA256.hash(data: bytes)))
    }

    @Test func hashesManyInTheirOrder() async throws {
        let directory = try TemporaryDirectory()
        let paths = try (0..<500).map { try directory.write("\($0)", "\($0)") }
        #expect(try await FileHasher.hash(paths, width: 3) == (0..<500).map { ContentHash(of: "\($0)") })
        #expect(try await FileHasher.hash([], width: 3).isEmpty)
        await #expect(throws: HostError.self) { try await FileHasher.hash(paths + ["/none"], width: 3) }
    }

    @Test func refusesWhatIsNoFile() throws {
        let directory = try TemporaryDirectory()
        mkfifo(directory.path("fifo").string, 0o600)
        let paths: [FilePath] = [directory.path, directory.path("fifo"), "/dev/null", directory.path("none")]
        for path in paths {
            #expect(throws: HostError.self) { try FileHasher.hash(path) }
        }
    }

    @Test func noticesAWriter() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("file", bytes: [UInt8](repeating: 1, count: 64 << 10))
        let open = try FileDescriptor.open(file, .writeOnly)
        defer { try? open.close() }
        let writing = Repeating { _ = try? open.writeAll(toAbsoluteOffset: 5, [7]) }
        var noticed = 0
        for _ in 0..<2000 where noticed == 0 {
            do throws(HostError) { _ = try FileHasher.hash(file) } catch {
                #expect(error == .changedWhileRead(file))
                noticed += 1
            }
        }
        writing.stop()
        #expect(noticed > 0)
    }
}

@Suite struct TreeCopyTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func source(_ name: String = "source", in parent: FilePath? = nil) throws -> FilePath {
        let root = (parent ?? directory.path).appending(name)
        try FileSystem.makeDirectories(root.appending("sub"))
        try FileSystem.replace(root.appending("file"), withText: "content", mode: 0o640)
        try FileSystem.replace(root.pushing("sub/program"), withText: "#!/bin/sh\n", mode: 0o755)
        try FileSystem.replace(root.appending("empty"), withText: "")
        try FileSystem.replace(root.appending(try #require(latinName.lastComponent)), withText: "odd")
        try FileSystem.symbolicLink(at: root.pushing("sub/link"), to: "/etc/passwd")
        for (index, name) in ["file", "sub/program", "sub/link", "sub"].enumerated() {
            try FileSystem.setModified(root.pushing(FilePath(name)), Timestamp(seconds: Int64(1_600_000_000 + index)))
        }
        try FileSystem.setMode(root.appending("sub"), 0o555)
        return root
    }

    /// What must be equal in a copy: everything but identity and change time.
    private func summary(_ root: FilePath) throws -> [String] {
        try TreeWalk.list(root).map { entry in
            let status = entry.status
            let path = root.pushing(entry.path)
            let content =
                switch status.kind {
                case .file: try FileHasher.hash(path).hex
                case .symbolicLink: try FileSystem.readLink(path).string
                default: ""
                }
            let size = status.kind == .directory ? 0 : status.size
            return "\(entry.path) \(status.kind) \(status.mode) \(size) \(status.modified) \(content)"
        }
    }

    @Test(arguments: [TreeCopy.Method.bytes, .auto], [1, 4])
    func copiesATreeAsItIs(_ method: TreeCopy.Method, width: Int) async throws {
        let source = try source()
        let target = directory.path("target")
        let report = try await TreeCopy(method: method, width: width).copy(source, to: target)
        #expect(try summary(target) == summary(source))
        #expect(report.files == 5)
        #expect(report.bytes == 20)
        #expect(report.linked == 0)
    }

    @Test func copiesOneFileAndOneLink() async throws {
        let source = try source()
        _ = try await TreeCopy().copy(source.appending("file"), to: directory.path("copy"))
        #expect(try directory.read("copy") == "content")
        _ = try await TreeCopy().copy(source.pushing("sub/link"), to: directory.path("link"))
        #expect(try FileSystem.readLink(directory.path("link")) == "/etc/passwd")
    }

    @Test func keepsAttributesAndHoles() async throws {
        let source = try directory.makeDirectory("source")
        let file = try directory.write("source/sparse", "start")
        truncate(file.string, 8 << 20)
        let isSupported = await run("setfattr", ["-n", "user.headgate", "-v", "tag", file.string])
        _ = try await TreeCopy(method: .bytes).copy(source, to: directory.path("target"))
        let copy = directory.path("target/sparse")
        let status = try FileSystem.requireStatus(copy)
        #expect(status.size == 8 << 20)
        #expect(status.allocated < 1 << 20)
        #expect(try FileHasher.hash(copy) == FileHasher.hash(file))
        if isSupported { #expect(await run("getfattr", ["-n", "user.headgate", copy.string])) }
    }

    private func run(_ program: String, _ arguments: [String]) async -> Bool {
        let command = Invocation(program, arguments, variables: ["PATH": "/usr/bin:/bin"])
        return (try? await CommandRunner().run(command))?.succeeded ?? false
    }

    @Test func linksWhatIsUnchanged() async throws {
        let source = try source()
        let first = directory.path("first")
        let second = directory.path("second")
        _ = try await TreeCopy(makeReadOnly: true).copy(source, to: first)
        #expect(try FileSystem.requireStatus(first.appending("file")).mode == 0o440)
        #expect(try FileSystem.requireStatus(first.pushing("sub/program")).mode == 0o555)
        try FileSystem.replace(source.appending("file"), withText: "CONTENT", mode: 0o640)
        let report = try await TreeCopy(unchangedFrom: first, makeReadOnly: true).copy(source, to: second)
        #expect(report.linked == 3)
        #expect(try FileSystem.readText(second.appending("file")) == "CONTENT")
        #expect(try FileSystem.readText(first.appending("file")) == "content")
        let inode = try FileSystem.requireStatus(first.pushing("sub/program")).inode
        #expect(try FileSystem.requireStatus(second.pushing("sub/program")).inode == inode)
    }

    @Test func refusesWhatCannotBeCopied() async throws {
        let source = try source()
        let pipe = source.appending("pipe")
        mkfifo(pipe.string, 0o600)
        await #expect(throws: HostError.unsupportedKind(pipe, .fifo)) {
            try await TreeCopy().copy(source, to: directory.path("target"))
        }
        #expect(!directory.exists("target"))
        #expect(HostError.unsupportedKind(pipe, .fifo).diagnosis.reason == "it is a named pipe")
    }

    @Test func touchesNothingThatIsThere() async throws {
        let source = try source()
        try directory.write("target/kept", "x")
        await #expect(throws: HostError.failed(action: "copy to", path: directory.path("target"), code: .fileExists)) {
            try await TreeCopy().copy(source, to: directory.path("target"))
        }
        #expect(try directory.read("target/kept") == "x")
    }

    @Test func reportsProgress() async throws {
        let source = try directory.makeDirectory("source")
        for number in 0..<4 { try directory.write("source/\(number)", bytes: [UInt8](repeating: 1, count: 1 << 20)) }
        let seen = Locked<[Int64]>([])
        let copy = TreeCopy(method: .bytes) { done, total in
            #expect(total == 4 << 20)
            seen.update { $0.append(done) }
        }
        _ = try await copy.copy(source, to: directory.path("target"))
        #expect(seen.value.max() == 4 << 20)
    }

    @Test func stopsWhenItsTaskIsCancelled() async throws {
        let source = try directory.makeDirectory("source")
        for number in 0..<300 { try directory.write("source/\(number)", "x") }
        let task = Task { [directory] in
            try? await Task.sleep(nanoseconds: 1_000_000_000)
            return try await TreeCopy().copy(source, to: directory.path("target"))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(!directory.exists("target"))
    }

    @Test(.enabled(if: LoopDevice.isPossible), arguments: [LoopDevice.Kind.btrfs, .xfs])
    func clonesWhereTheFileSystemCan(_ kind: LoopDevice.Kind) async throws {
        let disk = try await LoopDevice(kind)
        let source = try source(in: disk.path)
        try FileSystem.replace(source.appending("large"), with: [UInt8](repeating: 3, count: 20 << 20))
        try FileSystem.syncFileSystem(of: disk.path)
        let free = try FileSystem.freeBytes(at: disk.path)
        let target = disk.path.appending("target")
        let report = try await TreeCopy(method: .reflink).copy(source, to: target)
        try FileSystem.syncFileSystem(of: disk.path)
        #expect(try summary(target) == summary(source))
        #expect(report.reflinked == 4)
        #expect(try free - FileSystem.freeBytes(at: disk.path) < 10 << 20)
        try FileSystem.replace(target.appending("file"), withText: "own")
        #expect(try FileSystem.readText(source.appending("file")) == "content")
    }

    @Test(.enabled(if: LoopDevice.isPossible)) func saysWhereClonesAreImpossible() async throws {
        let disk = try await LoopDevice(.tmpfs, megabytes: 8)
        let source = try source(in: disk.path)
        await #expect(throws: HostError.unsupported(feature: "reflinks", path: disk.path.appending("target"))) {
            try await TreeCopy(method: .reflink, width: 1).copy(source, to: disk.path.appending("target"))
        }
        #expect(!FileSystem.exists(disk.path.appending("target")))
        #expect(try await TreeCopy(method: .auto).copy(source, to: disk.path.appending("target")).reflinked == 0)
    }

    @Test(.enabled(if: LoopDevice.isPossible)) func leavesNothingOnAFullDisk() async throws {
        let disk = try await LoopDevice(.tmpfs, megabytes: 2)
        let source = try directory.makeDirectory("source")
        for name in ["a", "b", "c"] {
            try directory.write("source/\(name)", bytes: [UInt8](repeating: 1, count: 1 << 20))
        }
        do {
            _ = try await TreeCopy(method: .bytes, width: 1).copy(source, to: disk.path.appending("target"))
            Issue.record("three megabytes went into two")
        } catch let error as HostError {
            guard case .failed(_, let path, .noSpace) = error else { throw error }
            #expect(path.starts(with: disk.path))
        }
        #expect(try FileSystem.list(disk.path).isEmpty)
    }
}

@Suite(.enabled(if: LoopDevice.isPossible)) struct SubvolumeTests {
    @Test func makesSnapshotsAndDeletesThem() async throws {
        let disk = try await LoopDevice(.btrfs)
        let source = disk.path.appending("source")
        let snapshot = disk.path.appending("snapshot")
        try Subvolume.create(source)
        #expect(Subvolume.isSubvolume(source))
        try FileSystem.replace(source.appending("file"), withText: "old")
        try FileSystem.makeDirectories(source.appending("plain"))
        #expect(!Subvolume.isSubvolume(source.appending("plain")))
        try Subvolume.snapshot(source, to: snapshot, readOnly: true)
        try FileSystem.replace(source.appending("file"), withText: "new")
        #expect(try FileSystem.readText(snapshot.appending("file")) == "old")
        #expect(throws: HostError.self) { try FileSystem.replace(snapshot.appending("file"), withText: "x") }
        #expect(try FileSystem.isSameFileSystem(source, snapshot))
        try Subvolume.delete(snapshot, within: disk.path)
        #expect(!FileSystem.exists(snapshot))
        try Subvolume.snapshot(source, to: source.appending("nested"), readOnly: true)
        try FileSystem.removeTree(source, within: disk.path)
        #expect(try FileSystem.list(disk.path).isEmpty)
    }

    @Test func saysWhereThereAreNone() throws {
        let directory = try TemporaryDirectory()
        #expect(!Subvolume.isSubvolume(directory.path))
        #expect(throws: HostError.unsupported(feature: "subvolumes", path: directory.path)) {
            try Subvolume.create(directory.path("x"))
        }
    }

    @Test(.enabled(if: OrdinaryUser.available != nil)) func isRemovedByAnOrdinaryUser() async throws {
        let disk = try await LoopDevice(.btrfs)
        let user = try #require(OrdinaryUser.available)
        let root = disk.path.appending("root")
        try FileSystem.makeDirectories(root)
        try await user.own(root)
        try Subvolume.create(root.appending("source"))
        try await user.own(root)
        try asUser(user) {
            try FileSystem.replace(root.pushing("source/file"), withText: "x")
            try FileSystem.removeTree(root.appending("source"), within: root)
        }
        #expect(try FileSystem.list(root).isEmpty)
    }
}
