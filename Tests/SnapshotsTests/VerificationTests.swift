import HostSystem
import Model
import Snapshots
import SystemPackage
import TestSupport
import Testing

@Suite("Verifying pins")
struct VerificationTests {
    @Test("A pin in place names what changed, went and appeared")
    func inPlace() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.inPlace)
        #expect(try await fixture.store.verify(pin).isEmpty)
        try overwriteQuietly(fixture.location.appending("2026-01.csv"), "a,b\n9,9\n")
        try FileSystem.remove(fixture.location.pushing("sub/2026-02.csv"))
        try fixture.directory.write("data/sub/2026-03.csv", "new")
        let changes = try await fixture.store.verify(pin)
        #expect(
            changes.map(\.summary) == [
                "2026-01.csv changed", "sub/2026-02.csv is gone", "sub/2026-03.csv appeared",
            ])
        #expect(changes[0].was?.size == 8)
    }

    @Test("A touched file whose content is known to be equal is no change")
    func touched() async throws {
        let fixture = try SnapshotFixture()
        _ = try await fixture.pin(.copy)  // The hash cache learns the contents.
        let pin = try await fixture.pin(.inPlace)
        try FileSystem.setModified(fixture.location.appending("2026-01.csv"), Timestamp(seconds: 1))
        #expect(try await fixture.store.verify(pin).isEmpty)
        try overwriteQuietly(fixture.location.appending("2026-01.csv"), "a,b\n9,9\n")
        #expect(try await fixture.store.verify(pin).map(\.path) == ["2026-01.csv"])
    }

    @Test("Two pins of one source are compared by content")
    func compared() async throws {
        let fixture = try SnapshotFixture()
        let first = try await fixture.pin(.copy)
        try FileSystem.setModified(fixture.location.appending("2026-01.csv"), Timestamp(seconds: 1))
        try fixture.directory.write("data/sub/2026-02.csv", "a,b\n3,5\n")
        let second = try await fixture.pin(.copy, previous: first)
        #expect(try fixture.store.changes(from: first, to: second).map(\.summary) == ["sub/2026-02.csv changed"])
        #expect(try fixture.store.changes(from: first, to: first).isEmpty)
    }

    @Test("A location that is gone is every file gone")
    func gone() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.inPlace)
        try FileSystem.removeTree(fixture.location, within: fixture.directory.path)
        #expect(try await fixture.store.verify(pin).count == 5)
    }

    @Test("A data snapshot that somebody tampered with is found out")
    func tampered() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        let file = fixture.store.dataPath(of: pin).appending("2026-01.csv")
        try FileSystem.setMode(file, 0o644)
        try overwriteQuietly(file, "a,b\n9,9\n")
        #expect(try await fixture.store.contentChanges(pin).map(\.path) == ["2026-01.csv"])
        try FileSystem.replace(file, withText: "longer than before")
        #expect(try await fixture.store.verify(pin).map(\.path) == ["2026-01.csv"])
    }

    @Test("A missing snapshot and a damaged manifest are said")
    func missing() async throws {
        let fixture = try SnapshotFixture()
        let pin = try await fixture.pin(.copy)
        let manifest = fixture.store.root.pushing(FilePath(pin.id + ".manifest"))
        let text = try FileSystem.readBytes(manifest)
        for length in [0, 10, text.count / 2, text.count - 1] {
            try FileSystem.replace(manifest, with: Array(text[..<length]))
            await #expect(throws: SnapshotError.manifestDamaged(manifest)) { try await fixture.store.verify(pin) }
        }
        try FileSystem.replace(manifest, with: text)
        #expect(try await fixture.store.verify(pin).isEmpty)
        try FileSystem.removeTree(fixture.store.dataPath(of: pin), within: fixture.store.root)
        await #expect(throws: SnapshotError.snapshotMissing(pin: pin.id, fixture.store.dataPath(of: pin))) {
            try await fixture.store.verify(pin)
        }
        try FileSystem.remove(manifest)
        await #expect(throws: SnapshotError.snapshotMissing(pin: pin.id, manifest)) {
            try await fixture.store.verify(pin)
        }
    }

    @Test("Many files are pinned in place and verified quickly")
    func many() async throws {
        // Without the optimiser, paths take a hundred times as long.
        #if DEBUG
            let count = 1000
        #else
            let count = 20_000
        #endif
        let fixture = try SnapshotFixture(filled: false)
        for number in 0..<count {
            let folder = fixture.location.appending("part=\(number / 200)")
            if number.isMultiple(of: 200) { try FileSystem.makeDirectories(folder) }
            let file = try FileDescriptor.open(
                folder.appending("\(number).csv"), .writeOnly, options: .create, permissions: .ownerReadWrite)
            try file.close()
        }
        try await Task.sleep(nanoseconds: 30_000_000)
        let pin = try await fixture.pin(.inPlace)
        var (first, again, verify) = (Double.infinity, Double.infinity, Double.infinity)
        for _ in 0..<3 {
            first = min(first, try await milliseconds { _ = try await fixture.pin(.inPlace) })
            again = min(again, try await milliseconds { _ = try await fixture.pin(.inPlace, previous: pin) })
            verify = min(verify, try await milliseconds { _ = try await fixture.store.verify(pin) })
        }
        print("\(count) files: first pin in place \(first) ms, unchanged \(again) ms, verified in \(verify) ms")
        #expect(try await fixture.store.verify(pin).isEmpty)
        #expect(pin.files == count)
    }
}

func milliseconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = SystemClock.monotonicNanoseconds()
    try await body()
    return Double(SystemClock.monotonicNanoseconds() - start) / 1e6
}
