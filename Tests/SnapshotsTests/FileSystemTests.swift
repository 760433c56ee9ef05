import Glibc
import HostSystem
import Model
import Snapshots
import SystemPackage
import TestSupport
import Testing

@Suite("Pins on real file systems", .enabled(if: LoopDevice.isPossible), .serialized)
struct FileSystemTests {
    @Test("btrfs: a subvolume is pinned by a snapshot, and a writable copy is one of its own")
    func subvolume() async throws {
        let disk = try await LoopDevice(.btrfs)
        let fixture = try SnapshotFixture(in: disk.path, filled: false)
        try Subvolume.create(fixture.location)
        try fixture.directory.write("data/sub/a.csv", "one")
        let pin = try await fixture.pin()
        #expect(pin.kind == .subvolume)
        let data = fixture.store.dataPath(of: pin)
        #expect(try FileSystem.readText(data.pushing("sub/a.csv")) == "one")
        #expect(throws: HostError.self) { try FileSystem.replace(data.pushing("sub/a.csv"), withText: "x") }
        #expect(try await fixture.pin(previous: pin) == pin)
        #expect(try await fixture.store.verify(pin).isEmpty)

        try await fixture.store.attach(
            pin, source: source(writable: true), workspace: fixture.workspace, policy: StorePolicy())
        let copy = fixture.workspace.pushing("data/raw")
        #expect(Subvolume.isSubvolume(copy))
        try FileSystem.replace(copy.pushing("sub/a.csv"), withText: "own")
        #expect(try await fixture.store.ownChanges(in: copy, since: pin).map(\.path) == ["sub/a.csv"])
        #expect(try FileSystem.readText(data.pushing("sub/a.csv")) == "one")
        try await fixture.store.detach(
            pin, source: source(writable: true), workspace: fixture.workspace, discarding: true)

        try fixture.directory.write("data/sub/a.csv", "two")
        let next = try await fixture.pin(previous: pin)
        #expect(next.fingerprint != pin.fingerprint)
        try await fixture.store.delete(pin.id)
        #expect(try fixture.store.pins() == [next])
    }

    @Test("btrfs: a subvolume with another inside is cloned, so that nothing is left out")
    func nestedSubvolume() async throws {
        let disk = try await LoopDevice(.btrfs)
        let fixture = try SnapshotFixture(in: disk.path, filled: false)
        try Subvolume.create(fixture.location)
        try Subvolume.create(fixture.location.appending("inner"))
        try fixture.directory.write("data/inner/a.csv", "one")
        let pin = try await fixture.pin()
        #expect(pin.kind == .reflink)
        #expect(try FileSystem.readText(fixture.store.dataPath(of: pin).pushing("inner/a.csv")) == "one")
    }

    @Test("Files are cloned, and a clone does not follow the location", arguments: [LoopDevice.Kind.btrfs, .xfs])
    func reflink(_ kind: LoopDevice.Kind) async throws {
        let disk = try await LoopDevice(kind)
        let fixture = try SnapshotFixture(in: disk.path)
        try fixture.directory.write("data/big.bin", bytes: [UInt8](repeating: 7, count: 8 << 20))
        let prediction = try await fixture.store.predict(
            source: source(), location: fixture.location, policy: StorePolicy(copyLimit: ByteCount(10)))
        #expect(prediction.kind == .reflink && prediction.newBytes == 0)
        let pin = try await fixture.pin(limits: StorePolicy(copyLimit: ByteCount(10)))
        #expect(pin.kind == .reflink)
        try overwriteQuietly(fixture.location.appending("2026-01.csv"), "a,b\n9,9\n")
        let file = fixture.store.dataPath(of: pin).appending("2026-01.csv")
        #expect(try FileSystem.readText(file) == "a,b\n1,2\n")
        #expect(try await fixture.pin(previous: pin).fingerprint != pin.fingerprint)

        // The limit is on bytes copied, and clones copy none.
        try await fixture.store.attach(
            pin, source: source(writable: true), workspace: fixture.workspace,
            policy: StorePolicy(copyLimit: ByteCount(10)))
        #expect(try FileSystem.readText(fixture.workspace.pushing("data/raw/2026-01.csv")) == "a,b\n1,2\n")
    }

    @Test("ext4: small data is copied, what would fill the disk stays in place")
    func ext4() async throws {
        let disk = try await LoopDevice(.ext4, megabytes: 60)
        let fixture = try SnapshotFixture(in: disk.path)
        #expect(try await fixture.pin().kind == .copy)
        try fixture.directory.write("data/big.bin", bytes: [UInt8](repeating: 7, count: 15 << 20))
        let pin = try await fixture.pin()
        #expect(pin.kind == .inPlace)
        let prediction = try await fixture.store.predict(
            source: source(), location: fixture.location, policy: StorePolicy())
        #expect(prediction.reason.contains("20 %"))
    }

    @Test("A store on another disk than the location gets bytes, not clones")
    func acrossDisks() async throws {
        let disk = try await LoopDevice(.xfs)
        let fixture = try SnapshotFixture()
        let elsewhere = try TemporaryDirectory(in: disk.path)
        try elsewhere.write("a.csv", "one")
        let pin = try await fixture.pin(location: elsewhere.path)
        #expect(pin.kind == .copy)
    }

    @Test("A disk without room is refused beforehand, and one that fills up leaves nothing behind")
    func full() async throws {
        let disk = try await LoopDevice(.tmpfs, megabytes: 8)
        let fixture = try SnapshotFixture()
        let store = SnapshotStore(root: disk.path.appending("snapshots"), time: .system)
        try fixture.directory.write("data/big.bin", bytes: [UInt8](repeating: 7, count: 12 << 20))
        let asked = source(pin: .copy)
        let error = await #expect(throws: SnapshotError.self) {
            try await store.pin(source: asked, location: fixture.location, policy: StorePolicy())
        }
        guard case .notEnoughSpace = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        // Many small files take more blocks than bytes, so that the disk fills up on the way.
        for number in 0..<3000 { try fixture.directory.write("small/\(number)", "x") }
        let late = await #expect(throws: HostError.self) {
            try await store.pin(source: asked, location: fixture.directory.path("small"), policy: StorePolicy())
        }
        #expect(late?.exitStatus == .inputOutput)
        #expect(try store.pins().isEmpty)
        #expect(try TreeWalk.list(store.root).map(\.path.string).sorted() == [".lock", "raw"])
    }
}
