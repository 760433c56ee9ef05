import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage
import TestSupport
import Testing

@Suite("Keeping and deleting")
struct RetentionTests {
    @Test("Pins in use and the newest of each source stay; the rest goes without harming what is shared")
    func retention() async throws {
        let fixture = try SnapshotFixture()
        var pins: [Pin] = []
        for number in 0..<4 {
            try fixture.directory.write("data/changing.csv", "\(number)")
            let store = SnapshotStore(
                root: fixture.store.root, hashes: fixture.hashes, time: .fixed(Timestamp(seconds: 1000 + Int64(number)))
            )
            pins.append(
                try await store.pin(
                    source: source(pin: .copy), location: fixture.location, policy: StorePolicy(),
                    previous: pins.last))
        }
        #expect(try fixture.store.pins() == pins.reversed())
        let unused = try fixture.store.unused(keeping: [pins[0].id], last: 1)
        #expect(unused == [pins[2], pins[1]])
        for pin in unused { try await fixture.store.delete(pin.id) }
        try await fixture.store.delete(pins[1].id)
        #expect(try fixture.store.pins() == [pins[3], pins[0]])
        for pin in [pins[0], pins[3]] { #expect(try await fixture.store.contentChanges(pin).isEmpty) }

        // Deleting hard links changed the change times by which the cache knows the files.
        try await fixture.store.delete(pins[0].id)
        let file = fixture.store.dataPath(of: pins[3]).appending("2026-01.csv")
        let identity = FileIdentity(try FileSystem.requireStatus(file))
        let known = fixture.hashes.hashes(of: [identity], on: try FileSystem.identifier(at: file))
        #expect(known == [ContentHash(of: "a,b\n1,2\n")])
    }

    @Test(
        "Only pins beneath the root are deleted",
        arguments: ["../data", "raw", "/tmp/x", "raw/../../x", "raw/.lock", "a/b/c", ""])
    func onlyPins(_ id: String) async throws {
        let fixture = try SnapshotFixture()
        _ = try await fixture.pin(.copy)
        await #expect(throws: SnapshotError.notInStore(id)) { try await fixture.store.delete(id) }
        #expect(FileSystem.exists(fixture.location))
    }

    @Test("Leftovers are removed, whole pins stay")
    func recovers() async throws {
        let fixture = try SnapshotFixture()
        let copy = try await fixture.pin(.copy)
        let inPlace = try await fixture.pin(.inPlace)
        let folder = fixture.store.root.appending("raw")
        for name in [".building-x/file", ".removing-y/file", "20200101T000000Z-abc/file"] {
            let path = folder.pushing(FilePath(name))
            try FileSystem.makeDirectories(path.removingLastComponent())
            try FileSystem.replace(path, withText: "x")
        }
        let manifest = try FileSystem.readBytes(fixture.store.root.pushing(FilePath(copy.id + ".manifest")))
        try FileSystem.replace(folder.appending("20200101T000000Z-def.manifest"), with: manifest)
        let removed = try await fixture.store.recover()
        #expect(removed.count == 4)
        #expect(try await fixture.store.recover().isEmpty)
        for pin in [copy, inPlace] { #expect(try await fixture.store.verify(pin).isEmpty) }
    }

    @Test("Nothing is cleaned up while somebody builds")
    func busy() async throws {
        let fixture = try SnapshotFixture()
        _ = try await fixture.pin(.copy)
        let leftover = fixture.store.root.pushing("raw/.building-x")
        try FileSystem.makeDirectories(leftover)
        let lock = try await HeldLock(at: fixture.store.root.appending(".lock"), mode: .shared)
        #expect(try await fixture.store.recover().isEmpty)
        lock.release()
        #expect(try await fixture.store.recover() == [leftover])
    }
}
