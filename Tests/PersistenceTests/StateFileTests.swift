import HostSystem
import Model
import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite("The state file")
struct StateFileTests {
    @Test("It is made on first use, for this user only, and not by looking")
    func made() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("a/headgate/state.sqlite")
        #expect(try StateStore.existing(at: path) == nil)
        #expect(!directory.exists("a"))
        let store = try StateStore(opening: path)
        try store.set("x", to: "1")
        for name in ["", "-wal", "-shm"] {
            #expect(try FileSystem.requireStatus(FilePath(path.string + name)).mode == 0o600)
        }
        #expect(try StateStore.existing(at: path)?.setting("x") == "1")
    }

    @Test("A file of a newer version is refused, and not touched")
    func newer() async throws {
        let state = try TemporaryState()
        try await sqlite("PRAGMA user_version=99", state.path)
        #expect(throws: PersistenceError.newerVersion(state.path, found: 99, known: 5)) {
            try StateStore(opening: state.path)
        }
    }

    @Test("A database of something else is refused")
    func foreign() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state.sqlite")
        try await sqlite("CREATE TABLE t (a)", path)
        #expect(throws: PersistenceError.foreign(path)) { try StateStore(opening: path) }
    }

    @Test("A damaged file is said to be damaged, with a remedy")
    func damaged() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("state.sqlite", String(repeating: "no database at all. ", count: 500))
        let error = #expect(throws: PersistenceError.self) { try StateStore(opening: path) }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.diagnosis.remedy != nil)
        #expect(error?.exitStatus == .inputOutput)
    }

    @Test("A page overwritten in the middle is damage, not a crash")
    func overwritten() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state.sqlite")
        do {
            let store = try StateStore(opening: path)
            try store.inOneTransaction {
                for number in 0..<300 {
                    var environment = try sampleEnvironment("b\(number)")
                    environment.ports = [:]
                    try store.insert(environment)
                }
            }
        }
        var bytes = try FileSystem.readBytes(path)
        for index in 4096..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 7) }
        try FileSystem.replace(path, with: bytes)
        #expect(throws: PersistenceError.self) {
            let store = try StateStore(opening: path)
            _ = try store.environments()
        }
    }

    @Test("A record that does not read is damage")
    func unreadableRecord() async throws {
        let state = try TemporaryState()
        try state.store.insert(try sampleVerdict("k"))
        try await sqlite("UPDATE verdict SET record='{\"format\": 1'", state.path)
        let error = #expect(throws: PersistenceError.self) { try state.store.verdict(key: ContentHash(of: "k")) }
        #expect(error == .damaged(state.path, detail: "the table `verdict` holds an unreadable Verdict"))
    }

    @Test("A full disk is exit 74 with the path, and what was there stays", .enabled(if: LoopDevice.isPossible))
    func fullDisk() async throws {
        let disk = try await LoopDevice(.tmpfs, megabytes: 2)
        let path = disk.path.appending("state.sqlite")
        let store = try StateStore(opening: path)
        try store.set("kept", to: "1")
        let big = String(repeating: "7", count: 4 << 20)
        let error = #expect(throws: PersistenceError.self) {
            try store.set("big", to: big)
        }
        #expect(error == .full(path))
        #expect(error?.exitStatus == .inputOutput)
        #expect(try store.setting("kept") == "1")
        try store.set("after", to: "2")
        #expect(try StateStore(opening: path).setting("after") == "2")
    }

    @Test("A missing directory that cannot be made is said with its path")
    func unwritable() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file")
        #expect(throws: HostError.self) { try StateStore(opening: directory.path("file/state.sqlite")) }
    }

    @Test("A reader does not wait for a writer; a second writer waits and then says who is in the way")
    func concurrency() throws {
        let state = try TemporaryState()
        let other = try StateStore(opening: state.path, busyTimeout: TimeSpan(seconds: 0.05))
        try state.store.inOneTransaction {
            try state.store.set("x", to: "1")
            #expect(try other.setting("x") == nil)
            #expect(throws: PersistenceError.busy(state.path)) { try other.set("x", to: "2") }
        }
        #expect(try other.setting("x") == "1")
    }

    @Test("Eight that open and write at once all succeed")
    func manyAtOnce() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for round in 0..<10 {
                        let store = try StateStore(opening: path)
                        try store.set("\(number)-\(round)", to: "1")
                    }
                }
            }
            try await group.waitForAll()
        }
        let store = try StateStore(opening: path)
        for number in 0..<8 { #expect(try store.setting("\(number)-9") == "1") }
    }

    @Test("Opening and one read are quick")
    func quick() throws {
        let state = try TemporaryState()
        try state.store.insert(try sampleEnvironment("b"))
        let time = try milliseconds(best: 20) {
            let store = try StateStore.existing(at: state.path)
            _ = try store?.environment(slug: "b")
        }
        print("open and one read: \(time) ms")
        #expect(time < 20)
    }

    private func sqlite(_ statement: String, _ path: FilePath) async throws {
        let result = try await CommandRunner().run(
            Invocation(
                "python3",
                [
                    "-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
                    path.string, statement,
                ], variables: ["PATH": "/usr/bin:/bin"]))
        try #require(result.succeeded, "\(result.errorText)")
    }
}
