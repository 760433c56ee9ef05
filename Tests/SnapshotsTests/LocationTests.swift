import Glibc
import HostSystem
import Model
import Snapshots
import SystemPackage
import TestSupport
import Testing

@Suite("Locations that cannot be pinned")
struct LocationTests {
    @Test("A missing location", arguments: [PinPolicy.auto, .copy, .inPlace])
    func missing(_ policy: PinPolicy) async throws {
        let fixture = try SnapshotFixture(filled: false)
        let error = await #expect(throws: SnapshotError.locationMissing(source: "raw", fixture.location)) {
            try await fixture.pin(policy)
        }
        #expect(error?.exitStatus == .configuration)
    }

    @Test("An empty directory, as of an unmounted disk")
    func empty() async throws {
        let fixture = try SnapshotFixture(filled: false)
        try FileSystem.makeDirectories(fixture.location)
        await #expect(throws: SnapshotError.locationEmpty(source: "raw", fixture.location)) {
            try await fixture.pin()
        }
    }

    @Test("Links that lead back to themselves")
    func loop() async throws {
        let fixture = try SnapshotFixture(filled: false)
        try FileSystem.symbolicLink(at: fixture.location, to: "data")
        await #expect(throws: SnapshotError.locationLoops(source: "raw", fixture.location)) {
            try await fixture.pin()
        }
    }

    @Test("A location that holds the store, or lies in it, would hold its own copy")
    func holdsStore() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        for place in [fixture.directory.path, fixture.store.dataPath(of: pin)] {
            await #expect(
                throws: SnapshotError.locationHoldsStore(source: "raw", place, store: fixture.store.root)
            ) {
                try await fixture.pin(.copy, location: place)
            }
        }
    }

    @Test("A loop of links inside is data like any other")
    func innerLoop() async throws {
        let fixture = try SnapshotFixture()
        try FileSystem.symbolicLink(at: fixture.location.appending("up"), to: "..")
        try FileSystem.symbolicLink(at: fixture.location.appending("self"), to: "self")
        let pin = try await fixture.pin(.copy)
        #expect(pin.files == 6)
        #expect(try await fixture.store.verify(pin).isEmpty)
    }

    @Test("A link to the location is followed, and the pin names where it leads")
    func linked() async throws {
        let fixture = try SnapshotFixture()
        let link = fixture.directory.path("link")
        try FileSystem.symbolicLink(at: link, to: "data")
        #expect(try await fixture.pin(.inPlace, location: link).location == fixture.location.string)
    }

    @Test("A named pipe and a socket, by their paths", arguments: [PinPolicy.copy, .inPlace])
    func special(_ policy: PinPolicy) async throws {
        let fixture = try SnapshotFixture()
        let pipe = fixture.location.pushing("sub/pipe")
        #expect(mkfifo(pipe.string, 0o600) == 0)
        await #expect(throws: SnapshotError.unsupportedFile(source: "raw", pipe, kind: "named pipe")) {
            try await fixture.pin(policy)
        }
    }

    @Test("A file where a directory was")
    func becameFile() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        try FileSystem.removeTree(fixture.location, within: fixture.directory.path)
        try FileSystem.replace(fixture.location, withText: "a file")
        await #expect(throws: SnapshotError.locationKindChanged(source: "raw", fixture.location, wasFile: false)) {
            try await fixture.pin(.copy, previous: pin)
        }
    }

    @Test("A location that never stops changing is tried three times, then its file is named")
    func keepsChanging() async throws {
        let fixture = try SnapshotFixture()
        let path = fixture.location.appending("2026-01.csv")
        let store = fixture.store
        // Two big files give the writer time to change another between the first look and the last.
        try fixture.directory.write("data/big.bin", bytes: [UInt8](repeating: 1, count: 20 << 20))
        let writer = Task.detached {
            while !Task.isCancelled {
                try overwriteQuietly(path, "a,b\n\(Int.random(in: 1...9)),2\n")
                usleep(1000)
            }
        }
        defer { writer.cancel() }
        let error = await #expect(throws: SnapshotError.self) { try await fixture.pin(.copy) }
        #expect(error == .keepsChanging(source: "raw", path, tries: 3))
        #expect(try store.pins().isEmpty)
        #expect(try fixture.snapshotFiles() == ["raw"])
    }

    @Test("What only others may read is named, to an ordinary user", .enabled(if: geteuid() != 0))
    func unreadable() async throws {
        let fixture = try SnapshotFixture()
        let path = fixture.location.appending("2026-01.csv")
        try FileSystem.setMode(path, 0)
        await #expect(throws: SnapshotError.locationUnreadable(source: "raw", path, .permissionDenied)) {
            try await fixture.pin(.inPlace)
        }
    }

    @Test("A kind that the file system does not have is refused with its reason")
    func impossible() async throws {
        let fixture = try SnapshotFixture()
        guard try !TreeCopy.supportsReflink(at: fixture.directory.path) else { return }
        for policy in [PinPolicy.reflink, .subvolume] {
            let error = await #expect(throws: SnapshotError.self) { try await fixture.pin(policy) }
            guard case .kindImpossible = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
    }
}
