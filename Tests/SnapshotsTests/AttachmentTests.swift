import HostSystem
import Model
import Snapshots
import SystemPackage
import TestSupport
import Testing

@Suite("Pins in workspaces")
struct AttachmentTests {
    @Test("A read-only source is a relative link to the pinned data", arguments: [PinPolicy.copy, .inPlace])
    func link(_ policy: PinPolicy) async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(policy)
        for _ in 0..<2 {
            try await fixture.store.attach(
                pin, source: source(), workspace: fixture.workspace, policy: StorePolicy())
        }
        let place = fixture.workspace.pushing("data/raw")
        let target = try FileSystem.readLink(place)
        #expect(target.isRelative)
        #expect(target == fixture.store.relativeLink(from: fixture.workspace, path: "data/raw", to: pin))
        #expect(try FileSystem.readText(place.appending("2026-01.csv")) == "a,b\n1,2\n")
        #expect(try FileSystem.canonical(place) == fixture.store.dataPath(of: pin))

        try await fixture.store.detach(pin, source: source(), workspace: fixture.workspace)
        try await fixture.store.detach(pin, source: source(), workspace: fixture.workspace)
        #expect(!FileSystem.exists(place))
        #expect(try FileSystem.readText(fixture.location.appending("2026-01.csv")) == "a,b\n1,2\n")
    }

    @Test("An earlier pin's link gives way, a stranger's content does not")
    func gives() async throws {
        let fixture = try SnapshotFixture()
        let first = try await fixture.pin(.inPlace)
        let second = try await fixture.pin(.copy)
        let third = try await fixture.pin(.copy, previous: first)
        let place = fixture.workspace.pushing("data/raw")
        func attach(_ pin: Pin, replacing: Pin? = nil) async throws {
            try await fixture.store.attach(
                pin, source: source(), workspace: fixture.workspace, policy: StorePolicy(), replacing: replacing)
        }
        try await attach(first)
        try await attach(second, replacing: first)
        try await attach(third)
        #expect(try FileSystem.canonical(place) == fixture.store.dataPath(of: third))

        try FileSystem.remove(place)
        try FileSystem.symbolicLink(at: place, to: "../../elsewhere")
        await #expect(throws: SnapshotError.inTheWay(source: "raw", place, found: place)) { try await attach(third) }
        try FileSystem.remove(place)
        try FileSystem.makeDirectories(place)
        try await attach(third)
        try FileSystem.remove(place)
        try FileSystem.makeDirectories(place)
        try FileSystem.replace(place.appending("mine.txt"), withText: "work")
        await #expect(throws: SnapshotError.inTheWay(source: "raw", place, found: place.appending("mine.txt"))) {
            try await attach(third)
        }
        await #expect(throws: SnapshotError.self) {
            try await fixture.store.detach(third, source: source(), workspace: fixture.workspace)
        }
        #expect(try FileSystem.readText(place.appending("mine.txt")) == "work")
    }

    @Test("A link on the way is refused, and nothing is written behind it")
    func linkOnTheWay() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        let outside = try fixture.directory.makeDirectory("outside")
        try FileSystem.symbolicLink(at: fixture.workspace.appending("data"), to: outside)
        for writable in [true, false] {
            await #expect(
                throws: SnapshotError.leavesWorkspace(
                    source: "raw", path: "data/raw", at: fixture.workspace.appending("data"))
            ) {
                try await fixture.store.attach(
                    pin, source: source(writable: writable), workspace: fixture.workspace, policy: StorePolicy())
            }
        }
        #expect(try FileSystem.list(outside).isEmpty)
    }

    @Test("A path that leaves the workspace is refused", arguments: ["../x", "a/../../x", "/etc/x", "..", "."])
    func leaves(_ path: String) async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        var source = source()
        source.path = path
        let escaping = source
        await #expect(throws: SnapshotError.self) {
            try await fixture.store.attach(
                pin, source: escaping, workspace: fixture.workspace, policy: StorePolicy())
        }
        #expect(!fixture.directory.exists("envs/x"))
    }

    @Test("A writable source is a copy of its own, with the location's modes and no inode of the store")
    func writable() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        let source = source(writable: true)
        try await fixture.store.attach(pin, source: source, workspace: fixture.workspace, policy: StorePolicy())
        let copy = fixture.workspace.pushing("data/raw")
        #expect(try FileSystem.requireStatus(copy.appending("2026-01.csv")).mode == 0o644)
        #expect(try FileSystem.requireStatus(copy.appending("run.sh")).mode == 0o755)
        for folder in ["", "sub"] {
            #expect(try FileSystem.requireStatus(copy.pushing(FilePath(folder))).mode == 0o755, "steps may add files")
        }
        #expect(
            try inode(copy.appending("2026-01.csv"))
                != (try inode(fixture.store.dataPath(of: pin).appending("2026-01.csv"))))
        #expect(try await fixture.store.ownChanges(in: copy, since: pin).isEmpty)
        #expect(try FileSystem.list(copy.removingLastComponent()).map(\.string) == ["raw"])

        try FileSystem.setModified(copy.appending("run.sh"), Timestamp(seconds: 5))
        #expect(try await fixture.store.ownChanges(in: copy, since: pin).isEmpty)
        try FileSystem.replace(copy.appending("2026-01.csv"), withText: "a,b\n1,9\n")
        try FileSystem.replace(copy.appending("own.csv"), withText: "own")
        try FileSystem.remove(copy.appending("latest"))
        let changes = try await fixture.store.ownChanges(in: copy, since: pin)
        #expect(changes.map(\.summary) == ["2026-01.csv changed", "latest is gone", "own.csv appeared"])
        #expect(try await fixture.store.contentChanges(pin).isEmpty)

        await #expect(throws: SnapshotError.self) {
            try await fixture.store.detach(pin, source: source, workspace: fixture.workspace)
        }
        try await fixture.store.detach(pin, source: source, workspace: fixture.workspace, discarding: true)
        #expect(!FileSystem.exists(copy))
    }

    @Test("A writable copy of data that changed since it was pinned in place is refused")
    func changedInPlace() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.inPlace)
        let file = fixture.location.appending("2026-01.csv")
        try FileSystem.replace(file, withText: "something else")
        await #expect(throws: SnapshotError.changedSincePinned(source: "raw", file, pinned: pin.pinnedAt)) {
            try await fixture.store.attach(
                pin, source: source(writable: true), workspace: fixture.workspace, policy: StorePolicy())
        }
        #expect(try FileSystem.list(fixture.workspace.appending("data")).isEmpty)
    }

    @Test("A writable copy over the limit is asked for by name, with its size and time")
    func tooLarge() async throws {
        let fixture = try SnapshotFixture()
        guard try !TreeCopy.supportsReflink(at: fixture.directory.path) else { return }
        let pin = try await fixture.pin(.copy)
        let limits = StorePolicy(copyLimit: ByteCount(20))
        let error = await #expect(throws: SnapshotError.self) {
            try await fixture.store.attach(
                pin, source: source(writable: true), workspace: fixture.workspace, policy: limits)
        }
        #expect(error?.diagnosis.remedy?.contains("copy_limit") == true)
        #expect(!FileSystem.exists(fixture.workspace.pushing("data/raw")))
        try await fixture.store.attach(
            pin, source: source(pin: .copy, writable: true), workspace: fixture.workspace, policy: limits)
        #expect(FileSystem.exists(fixture.workspace.pushing("data/raw")))
    }

    @Test("A single file is linked and copied as one")
    func singleFile() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy, location: fixture.location.appending("2026-01.csv"))
        let place = fixture.workspace.pushing("data/raw")
        try await fixture.store.attach(pin, source: source(), workspace: fixture.workspace, policy: StorePolicy())
        #expect(try FileSystem.readText(place) == "a,b\n1,2\n")
        try await fixture.store.detach(pin, source: source(), workspace: fixture.workspace)
        try await fixture.store.attach(
            pin, source: source(writable: true), workspace: fixture.workspace, policy: StorePolicy())
        #expect(try FileSystem.requireStatus(place).mode == 0o644)
        #expect(try await fixture.store.ownChanges(in: place, since: pin).isEmpty)
        try FileSystem.replace(place, withText: "mine")
        #expect(try await fixture.store.ownChanges(in: place, since: pin).count == 1)
    }
}
