import Glibc
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage
import TestSupport
import Testing

@Suite("Pinning")
struct PinningTests {
    @Test("A copy holds content, links, times and executable bits, and nobody may write to it")
    func copies() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        let data = fixture.store.dataPath(of: pin)

        #expect(pin.kind == .copy)
        #expect(pin.files == 4)
        #expect(pin.bytes == 26)
        #expect(try FileSystem.readText(data.appending("2026-01.csv")) == "a,b\n1,2\n")
        #expect(try FileSystem.readLink(data.appending("latest")) == "sub/2026-02.csv")
        let original = try FileSystem.requireStatus(fixture.location.appending("run.sh"))
        let copy = try FileSystem.requireStatus(data.appending("run.sh"))
        #expect(copy.mode == 0o555)
        #expect(copy.modified == original.modified)
        #expect(copy.inode != original.inode)
        #expect(try await fixture.store.verify(pin).isEmpty)
        #expect(try await fixture.store.contentChanges(pin).isEmpty)
        #expect(try fixture.store.pins() == [pin])
    }

    @Test("What was copied is known to the hash cache, in the store and at its location")
    func feedsHashCache() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        let volume = try FileSystem.identifier(at: fixture.location)
        for file in [fixture.location, fixture.store.dataPath(of: pin)].map({ $0.appending("2026-01.csv") }) {
            let identity = FileIdentity(try FileSystem.requireStatus(file))
            #expect(fixture.hashes.hashes(of: [identity], on: volume) == [ContentHash(of: "a,b\n1,2\n")])
        }
    }

    @Test("A location that nothing happened to keeps its pin", arguments: [PinPolicy.copy, .inPlace])
    func unchanged(_ policy: PinPolicy) async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(policy)
        #expect(try await fixture.pin(policy, previous: pin) == pin)
        #expect(try await fixture.pin(.auto, previous: pin) == pin)
        let prediction = try await fixture.store.predict(
            source: source(pin: policy), location: fixture.location, policy: StorePolicy(), previous: pin)
        #expect(prediction.newBytes == 0)
        #expect(prediction.reason.hasPrefix("unchanged since"))
    }

    @Test("Equal content gives an equal fingerprint, whatever its times")
    func fingerprint() async throws {
        let fixture = try SnapshotFixture()
        let first = try await fixture.pin(.copy)
        try FileSystem.setModified(fixture.location.appending("2026-01.csv"), Timestamp(seconds: 1))
        let second = try await fixture.pin(.copy, previous: first)
        #expect(second.id != first.id)
        #expect(second.fingerprint == first.fingerprint)
        try FileSystem.setMode(fixture.location.appending("2026-01.csv"), 0o755)
        #expect(try await fixture.pin(.copy, previous: second).fingerprint != first.fingerprint)
    }

    @Test("A change is noticed even where size and modification time stay")
    func quietChange() async throws {
        let fixture = try SnapshotFixture()
        let first = try await fixture.pin(.copy)
        try overwriteQuietly(fixture.location.appending("2026-01.csv"), "a,b\n9,9\n")
        let second = try await fixture.pin(.copy, previous: first)
        #expect(second.fingerprint != first.fingerprint)
        let data = fixture.store.dataPath(of: second)
        #expect(try FileSystem.readText(data.appending("2026-01.csv")) == "a,b\n9,9\n")
    }

    @Test("The next copy shares what did not change, and only that")
    func incremental() async throws {
        let fixture = try SnapshotFixture()
        let first = try await fixture.pin(.copy)
        try fixture.directory.write("data/sub/2026-02.csv", "changed")
        try fixture.directory.write("data/new/2026-03.csv", "new")
        let second = try await fixture.pin(.copy, previous: first)
        let (old, new) = (fixture.store.dataPath(of: first), fixture.store.dataPath(of: second))

        #expect(try inode(old.appending("2026-01.csv")) == (try inode(new.appending("2026-01.csv"))))
        #expect(try inode(old.pushing("sub/2026-02.csv")) != (try inode(new.pushing("sub/2026-02.csv"))))
        #expect(try FileSystem.readText(new.pushing("sub/2026-02.csv")) == "changed")
        #expect(try FileSystem.readText(new.pushing("new/2026-03.csv")) == "new")
        for pin in [first, second] { #expect(try await fixture.store.contentChanges(pin).isEmpty) }
        #expect(second.fingerprint == (try await SnapshotFixtureCopy(of: fixture).fingerprint()))
    }

    @Test("A directory too large to copy stays in place; the reason is said")
    func tooLarge() async throws {
        let fixture = try SnapshotFixture()
        let limits = StorePolicy(copyLimit: ByteCount(20))
        let prediction = try await fixture.store.predict(
            source: source(), location: fixture.location, policy: limits)
        let pin = try await fixture.pin(limits: limits)
        // Where /tmp clones files, nothing is copied anyway.
        let clones = try TreeCopy.supportsReflink(at: fixture.directory.path)
        #expect(pin.kind == (clones ? .reflink : .inPlace))
        #expect(prediction.kind == pin.kind)
        #expect(prediction.files == 4)
        if !clones { #expect(prediction.reason.contains("copy_limit")) }
    }

    @Test("A single file is pinned as one", arguments: [PinPolicy.copy, .inPlace])
    func singleFile(_ policy: PinPolicy) async throws {
        let fixture = try SnapshotFixture()
        let file = fixture.location.appending("2026-01.csv")
        let pin = try await fixture.pin(policy, location: file)
        #expect(pin.isSingleFile)
        #expect(try FileSystem.readText(fixture.store.dataPath(of: pin)) == "a,b\n1,2\n")
        #expect(fixture.store.dataPath(of: pin).lastComponent?.string == "2026-01.csv")
        #expect(try await fixture.store.verify(pin).isEmpty)
        #expect(try await fixture.pin(policy, previous: pin, location: file) == pin)
        try FileSystem.replace(file, withText: "other")
        #expect(try await fixture.pin(policy, previous: pin, location: file).fingerprint != pin.fingerprint)
    }

    @Test("Names that are not UTF-8, and hostile ones, are pinned byte by byte", arguments: [PinPolicy.copy, .inPlace])
    func hostileNames(_ policy: PinPolicy) async throws {
        let fixture = try SnapshotFixture()
        let names: [[CChar]] = [
            [CChar(bitPattern: 0xFF), 0x61], [0x0A], [0x1B, 0x5B, 0x32, 0x4A], [0x2D, 0x72, 0x66], [0x20],
            [CChar(bitPattern: 0xC3), CChar(bitPattern: 0xA4)],
            [0x61, CChar(bitPattern: 0xCC), CChar(bitPattern: 0x88)],
        ]
        for name in names {
            let path = fixture.location.pushing(FilePath(platformString: name + [0]))
            try FileSystem.replace(path, withText: "x")
        }
        let pin = try await fixture.pin(policy)
        #expect(pin.files == 4 + names.count)
        #expect(try await fixture.store.verify(pin).isEmpty)
        #expect(try await fixture.pin(policy, previous: pin) == pin)
        for name in names {
            let path = fixture.store.dataPath(of: pin).pushing(FilePath(platformString: name + [0]))
            #expect(try FileSystem.readText(path) == "x")
        }
    }

    @Test("A sparse file of 20 GB is judged by its size and copied by its blocks")
    func sparse() async throws {
        let fixture = try SnapshotFixture()
        let file = fixture.location.appending("sparse.bin")
        try FileSystem.replace(file, withText: "begin")
        #expect(truncate(file.string, 20_000_000_000) == 0)
        let prediction = try await fixture.store.predict(
            source: source(), location: fixture.location, policy: StorePolicy())
        let clones = try TreeCopy.supportsReflink(at: fixture.directory.path)
        #expect(prediction.kind == (clones ? .reflink : .inPlace))
        let pin = try await fixture.pin(.inPlace)
        #expect(pin.bytes == 20_000_000_026)
    }

    @Test("A database is copied through SQLite's backup, with what stands in its log")
    func database() async throws {
        let fixture = try SnapshotFixture(filled: false)
        let location = fixture.directory.path("data/app.db")
        let writer = try StateStore(opening: location)
        try writer.set("x", to: "1")
        let source = source(kind: .sqlite)
        let pin = try await fixture.store.pin(source: source, location: location, policy: StorePolicy())
        #expect(pin.kind == .copy && pin.isSingleFile)
        let copy = fixture.directory.path("opened.db")
        try SQLiteBackup.copy(fixture.store.dataPath(of: pin), to: copy)
        #expect(try StateStore(opening: copy).setting("x") == "1")
        let kept = try await fixture.store.pin(
            source: source, location: location, policy: StorePolicy(), previous: pin)
        #expect(kept == pin)
        #expect(try await fixture.store.verify(pin).isEmpty)
        try writer.set("x", to: "2")
        let next = try await fixture.store.pin(
            source: source, location: location, policy: StorePolicy(), previous: pin)
        #expect(next.fingerprint != pin.fingerprint)
    }

    @Test("A database is never pinned half, nor copied unasked when it is large")
    func databaseKinds() async throws {
        let fixture = try SnapshotFixture(filled: false)
        let location = fixture.directory.path("data/app.db")
        _ = try StateStore(opening: location)
        for policy in [PinPolicy.inPlace, .reflink, .subvolume] {
            await #expect(throws: SnapshotError.self) {
                try await fixture.store.pin(
                    source: source(pin: policy, kind: .sqlite), location: location, policy: StorePolicy())
            }
        }
        let limits = StorePolicy(copyLimit: ByteCount(100))
        await #expect(throws: SnapshotError.self) {
            try await fixture.store.pin(source: source(kind: .sqlite), location: location, policy: limits)
        }
        let asked = source(pin: .copy, kind: .sqlite)
        #expect(try await fixture.store.pin(source: asked, location: location, policy: limits).kind == .copy)
    }

    @Test("Kinds that are not available yet are named", arguments: [Source.Kind.postgres, .command, .project])
    func notAvailable(_ kind: Source.Kind) async throws {
        let fixture = try SnapshotFixture()
        let error = await #expect(throws: SnapshotError.kindNotAvailable(source: "raw", kind)) {
            try await fixture.store.pin(source: source(kind: kind), location: "/", policy: StorePolicy())
        }
        #expect(error?.exitStatus == .configuration)
    }
}

/// A second location with the same content, pinned afresh.
struct SnapshotFixtureCopy {
    let fixture: SnapshotFixture

    init(of fixture: SnapshotFixture) async throws {
        self.fixture = try SnapshotFixture(filled: false)
        _ = try await TreeCopy().copy(fixture.location, to: self.fixture.location)
    }

    func fingerprint() async throws -> ContentHash { try await fixture.pin(.copy).fingerprint }
}
