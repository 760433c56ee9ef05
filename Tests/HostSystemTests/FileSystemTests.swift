import CHost
import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// A file name that is not UTF-8.
let latinName = FilePath(platformString: [CChar(bitPattern: 0xE9), 0x2E, 0x63, 0x73, 0x76, 0])

@Suite struct FileSystemTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func tellsKindsAndSizes() throws {
        let file = try directory.write("file", "12345", mode: 0o640)
        try FileSystem.symbolicLink(at: directory.path("link"), to: "file")
        try FileSystem.symbolicLink(at: directory.path("dangling"), to: "nowhere")
        mkfifo(directory.path("fifo").string, 0o600)
        let status = try FileSystem.requireStatus(file)
        #expect(status.kind == .file)
        #expect(status.size == 5)
        #expect(status.mode == 0o640)
        #expect(status.links == 1)
        #expect(status.owner == CurrentProcess.userID)
        #expect(try FileSystem.status(directory.path("link"))?.kind == .symbolicLink)
        #expect(try FileSystem.status(directory.path("link"), followLinks: true)?.inode == status.inode)
        #expect(try FileSystem.status(directory.path("fifo"))?.kind == .fifo)
        #expect(try FileSystem.status("/dev/null")?.kind == .device)
        #expect(try FileSystem.status(directory.path)?.kind == .directory)
        #expect(try FileSystem.status(directory.path("none")) == nil)
        #expect(try FileSystem.status(directory.path("file/below")) == nil)
        #expect(FileSystem.exists(directory.path("dangling")))
        #expect(!FileSystem.exists(directory.path("none")))
        #expect(throws: HostError.failed(action: "look at", path: "/none", code: .noSuchFileOrDirectory)) {
            try FileSystem.requireStatus("/none")
        }
    }

    @Test func setsTimesToTheNanosecond() throws {
        let file = try directory.write("file")
        for nanoseconds: Int64 in [1_700_000_000_123_456_789, -1_500_000_000, 0] {
            try FileSystem.setModified(file, Timestamp(nanoseconds: nanoseconds))
            #expect(try FileSystem.requireStatus(file).modified.nanoseconds == nanoseconds)
        }
    }

    @Test func listsNamesThatAreNotText() throws {
        try directory.write("b")
        try directory.write("A")
        try directory.write(".hidden")
        let odd = directory.path.appending(try #require(latinName.lastComponent))
        try FileSystem.replace(odd, withText: "x")
        let names = try FileSystem.list(directory.path)
        #expect(names.map(\.string).prefix(3) == [".hidden", "A", "b"])
        #expect(names.last == latinName.lastComponent)
        #expect(try FileSystem.readText(directory.path.appending(names[3])) == "x")
        #expect(throws: HostError.failed(action: "list", path: "/none", code: .noSuchFileOrDirectory)) {
            try FileSystem.list("/none")
        }
    }

    @Test func readsWithinALimit() throws {
        let file = try directory.write("file", bytes: [0x61, 0xFF])
        #expect(try FileSystem.readBytes(file, limit: 2) == [0x61, 0xFF])
        #expect(throws: HostError.tooLarge(file, limit: 1)) { try FileSystem.readBytes(file, limit: 1) }
        #expect(throws: HostError.notText(file)) { try FileSystem.readText(file) }
        #expect(throws: HostError.tooLarge("/dev/zero", limit: 9999)) {
            try FileSystem.readBytes("/dev/zero", limit: 9999)
        }
        #expect(try !FileSystem.readText("/proc/self/status").isEmpty)
    }

    @Test func replacesAWholeFile() throws {
        let file = try directory.write("file", "old", mode: 0o600)
        try FileSystem.replace(file, withText: "new", mode: 0o755)
        #expect(try FileSystem.readText(file) == "new")
        #expect(try FileSystem.requireStatus(file).mode == 0o755)
        let longest = directory.path(String(repeating: "n", count: 255))
        try FileSystem.replace(longest, withText: "x")
        #expect(try FileSystem.list(directory.path).count == 2)
    }

    @Test func leavesTheOldContentWhenReplacingFails() throws {
        let target = try directory.makeDirectory("target")
        #expect(throws: HostError.self) { try FileSystem.replace(target, withText: "x") }
        #expect(try FileSystem.list(directory.path) == [target.lastComponent])
    }

    @Test(.enabled(if: LoopDevice.isPossible)) func leavesTheOldContentOnAFullDisk() async throws {
        let disk = try await LoopDevice(.tmpfs, megabytes: 1)
        let file = disk.path.appending("file")
        try FileSystem.replace(file, withText: "old")
        let large = [UInt8](repeating: 7, count: 2 << 20)
        #expect(throws: HostError.failed(action: "write", path: file, code: .noSpace)) {
            try FileSystem.replace(file, with: large)
        }
        #expect(try FileSystem.readText(file) == "old")
        #expect(try FileSystem.list(disk.path).count == 1)
        let error = HostError.failed(action: "write", path: file, code: .noSpace)
        #expect(error.exitStatus == .inputOutput)
        #expect(error.diagnosis.problem == "cannot write \(file)")
    }

    @Test func renamesAndLinks() throws {
        let one = try directory.write("one", "1")
        let two = try directory.write("two", "2")
        #expect(throws: HostError.failed(action: "rename \(one) to", path: two, code: .fileExists)) {
            try FileSystem.rename(one, to: two, replacing: false)
        }
        try FileSystem.rename(one, to: two)
        #expect(try FileSystem.readText(two) == "1")
        #expect(!FileSystem.exists(one))
        try FileSystem.hardLink(at: one, to: two)
        #expect(try FileSystem.requireStatus(one).links == 2)
        try FileSystem.symbolicLink(at: directory.path("link"), to: "../x y")
        #expect(try FileSystem.readLink(directory.path("link")) == "../x y")
        try FileSystem.remove(one)
        try FileSystem.remove(one)
    }

    @Test func makesDirectories() throws {
        let deep = directory.path("a/b/c")
        try FileSystem.makeDirectories(deep)
        try FileSystem.makeDirectories(deep)
        #expect(FileSystem.isDirectory(deep))
        let file = try directory.write("file")
        #expect(throws: HostError.self) { try FileSystem.makeDirectories(file) }
        #expect(throws: HostError.self) { try FileSystem.makeDirectories(file.appending("below")) }
        try FileSystem.syncDirectory(deep)
        try FileSystem.syncFileSystem(of: deep)
    }

    @Test func knowsTheVolume() throws {
        let volume = try Volume(of: directory.path("not/yet/there"))
        #expect(volume.freeBytes > 0)
        #expect(volume.totalBytes >= volume.freeBytes)
        #expect(!volume.identifier.isEmpty)
        #expect(!volume.isNetwork)
        #expect(try FileSystem.kind(at: "/proc") == .other(0x9FA0))
        #expect(try FileSystem.isSameFileSystem(directory.path, directory.path("x")))
        #expect(try !FileSystem.isSameFileSystem(directory.path, "/proc"))
        #expect(throws: HostError.self) { try Volume(of: FilePath("/" + String(repeating: "n", count: 300))) }
    }

    @Test(.enabled(if: LoopDevice.isPossible), arguments: LoopDevice.Kind.allCases)
    func knowsKindsOfVolumes(_ kind: LoopDevice.Kind) async throws {
        let disk = try await LoopDevice(kind)
        let expected: [LoopDevice.Kind: Volume.Kind] = [.btrfs: .btrfs, .xfs: .xfs, .ext4: .ext4, .tmpfs: .tmpfs]
        let volume = try Volume(of: disk.path)
        #expect(volume.kind == expected[kind])
        #expect(try FileSystem.identifier(at: disk.path) == volume.identifier)
        #expect(try !FileSystem.isSameFileSystem(disk.path, directory.path))
        #expect(try TreeCopy.supportsReflink(at: disk.path) == (kind == .btrfs || kind == .xfs))
        #expect(try FileSystem.list(disk.path).allSatisfy { $0.string == "lost+found" })
    }

    @Test func resolvesBeneathARoot() throws {
        let root = try directory.makeDirectory("root")
        try directory.write("outside", "x")
        try directory.write("root/a/file", "x")
        for (name, target) in [("in", "a/file"), ("out", "../outside"), ("absolute", "/etc/passwd"), ("loop", "loop")] {
            try FileSystem.symbolicLink(at: root.appending(name), to: FilePath(target))
        }
        let file = root.pushing("a/file")
        #expect(try FileSystem.resolve("a/file", beneath: root) == file)
        #expect(try FileSystem.resolve("a/../a/./file", beneath: root) == file)
        #expect(try FileSystem.resolve("in", beneath: root) == file)
        #expect(throws: HostError.self) { try FileSystem.resolve("in", beneath: root, followLinks: false) }
        for path: FilePath in ["../outside", "out", "absolute", "/etc/passwd", "a/../../outside"] {
            #expect(throws: HostError.outside(root.pushing(path), root: root)) {
                try FileSystem.resolve(path, beneath: root)
            }
        }
        #expect(throws: HostError.self) { try FileSystem.resolve("loop", beneath: root) }
        #expect(throws: HostError.failed(action: "find", path: root.pushing("none"), code: .noSuchFileOrDirectory)) {
            try FileSystem.resolve("none", beneath: root)
        }
    }

    /// A link that is swapped under us all the time never leads out.
    @Test func resolvesNothingOutsideWhileALinkIsSwapped() throws {
        let root = try directory.makeDirectory("root")
        try directory.write("root/inside/file", "inside")
        try directory.write("secret/file", "secret")
        let way = root.appending("way")
        let other = root.appending("other")
        try FileSystem.symbolicLink(at: way, to: "inside")
        try FileSystem.symbolicLink(at: other, to: directory.path("secret"))
        let swapping = Repeating { try? exchange(way, other) }
        var found = 0
        for _ in 0..<2000 {
            guard let resolved = try? FileSystem.resolve("way/file", beneath: root) else { continue }
            found += 1
            #expect(resolved == root.pushing("inside/file"))
        }
        swapping.stop()
        #expect(found > 0)
    }
}

@Suite struct RemoveTreeTests {
    let directory: TemporaryDirectory
    let root: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        root = try directory.makeDirectory("root")
        try directory.write("outside/kept", "x")
    }

    @Test func removesATreeWithoutFollowingLinks() throws {
        try directory.write("root/tree/a/b/c", "x")
        try FileSystem.symbolicLink(at: root.pushing("tree/out"), to: directory.path("outside"))
        try FileSystem.replace(root.pushing("tree/a").appending(try #require(latinName.lastComponent)), withText: "x")
        try FileSystem.removeTree(root.pushing("tree"), within: root)
        #expect(try FileSystem.list(root).isEmpty)
        #expect(directory.exists("outside/kept"))
        try FileSystem.removeTree(root.pushing("tree"), within: root)
        try FileSystem.removeTree(root.pushing("no/tree"), within: root)
    }

    @Test func refusesWhatIsNotStrictlyBeneathTheRoot() throws {
        try FileSystem.symbolicLink(at: root.appending("link"), to: directory.path("outside"))
        let outside = directory.path("outside")
        let paths: [FilePath] = [
            root, directory.path, outside, "/", root.pushing("../outside"), root.pushing("link/kept"), "root/x",
        ]
        for path in paths {
            #expect(throws: HostError.outside(path, root: root)) { try FileSystem.removeTree(path, within: root) }
        }
        #expect(directory.exists("outside/kept"))
        try FileSystem.removeTree(root.appending("link"), within: root)
        #expect(directory.exists("outside/kept"))
    }

    @Test(.enabled(if: OrdinaryUser.available != nil)) func removesReadOnlyDirectoriesOfAnOrdinaryUser() async throws {
        // The rights of root would hide the difficulty: a program of its own runs as the user.
        try directory.write("root/tree/a/b/c", "x")
        for name in ["root/tree/a/b", "root/tree/a", "root/tree"] {
            try FileSystem.setMode(directory.path(name), 0o500)
        }
        try FileSystem.setMode(root.pushing("tree/a/b"), 0)
        let user = try #require(OrdinaryUser.available)
        try await user.own(directory.path)
        try asUser(user) { try FileSystem.removeTree(root.pushing("tree"), within: root) }
        #expect(try FileSystem.list(root).isEmpty)
    }

    @Test(.enabled(if: LoopDevice.isPossible)) func refusesToEnterAMount() async throws {
        let disk = try await LoopDevice(.tmpfs, megabytes: 1)
        try FileSystem.replace(disk.path.appending("kept"), withText: "x")
        let parent = disk.path.removingLastComponent()
        #expect(throws: HostError.failed(action: "remove", path: disk.path, code: .resourceBusy)) {
            try FileSystem.removeTree(disk.path, within: parent)
        }
        #expect(FileSystem.exists(disk.path.appending("kept")))
    }

    @Test func neverLeavesTheRootWhileADirectoryIsSwapped() throws {
        for _ in 0..<30 {
            try directory.write("root/tree/d/kept", "x")
            try FileSystem.symbolicLink(at: root.appending("swap"), to: directory.path("outside"))
            let way = root.pushing("tree/d")
            let link = root.appending("swap")
            let swapping = Repeating { try? exchange(way, link) }
            try? FileSystem.removeTree(root.appending("tree"), within: root)
            swapping.stop()
            #expect(directory.exists("outside/kept"))
            try? FileSystem.removeTree(root.appending("tree"), within: root)
            try FileSystem.removeTree(root.appending("swap"), within: root)
        }
    }
}

/// Runs `body` with the rights of `user` to files, on this thread alone.
///
/// Source: `setfsuid(2)`, which the importer does not see.
func asUser(_ user: OrdinaryUser, _ body: () throws -> Void) throws {
    let entry = try #require(getpwnam(user.name)).pointee
    let symbol = try #require(dlsym(nil, "setfsuid"))
    let setUser = unsafeBitCast(symbol, to: (@convention(c) (uid_t) -> Int32).self)
    _ = setUser(entry.pw_uid)
    defer { _ = setUser(0) }
    try body()
}

/// Swaps two paths in one step, as somebody might who means harm. Source: `renameat2(2)`, RENAME_EXCHANGE.
func exchange(_ one: FilePath, _ other: FilePath) throws {
    let flag: UInt32 = 2
    let result = one.withPlatformString { one in other.withPlatformString { chost_rename(one, $0, flag) } }
    if result != 0 { throw Errno(rawValue: errno) }
}
