import HostSystem
import Model
import Snapshots
import SystemPackage
import TestSupport
import Testing

@Suite("Data known by its content")
struct KnownDataTests {
    private let fixture: SnapshotFixture
    private let data: KnownData

    init() throws {
        fixture = try SnapshotFixture(filled: false)
        data = KnownData(
            location: "/fx/out/rates", isSingleFile: false,
            entries: [
                .init(path: "usd", hash: nil, size: 0, isExecutable: false, target: nil),
                .init(path: "go", hash: ContentHash(of: "#!\n"), size: 3, isExecutable: true, target: nil),
                .init(path: "usd/a.csv", hash: ContentHash(of: "1\n"), size: 2, isExecutable: false, target: nil),
                .init(path: "last", hash: nil, size: 0, isExecutable: false, target: "usd/a.csv"),
            ], origin: fixture.directory.path)
    }

    private func fill(_ place: FilePath, _ text: String = "1\n") throws {
        try FileSystem.makeDirectories(place.appending("usd"))
        try FileSystem.replace(place.pushing("usd/a.csv"), withText: text)
        try FileSystem.replace(place.appending("go"), withText: "#!\n", mode: 0o755)
        try FileSystem.symbolicLink(at: place.appending("last"), to: "usd/a.csv")
    }

    private func pin(_ policy: PinPolicy = .auto, _ limits: StorePolicy = StorePolicy(), text: String = "1\n")
        async throws -> Pin
    {
        try await fixture.store.pin(data, of: source(pin: policy, kind: .project), policy: limits) {
            try fill($0, text)
        }
    }

    @Test("It is pinned as a copy of the same files would be, and fetched once")
    func pins() async throws {
        let pin = try await pin()
        let path = fixture.store.dataPath(of: pin)
        #expect(try FileSystem.readText(path.pushing("usd/a.csv")) == "1\n")
        #expect(try FileSystem.requireStatus(path.appending("go")).mode & 0o777 == 0o555)
        #expect(try await fixture.store.verify(pin).isEmpty)

        try fill(fixture.directory.path("data"))
        let copy = try await fixture.pin(.copy, location: fixture.directory.path("data"))
        #expect(copy.fingerprint == pin.fingerprint)

        let again = try await fixture.store.pin(data, of: source(kind: .project), policy: StorePolicy()) { _ in
            Issue.record("it is in the store already")
        }
        #expect(again == pin)
    }

    @Test("What has other hashes is not pinned, and nothing of it stays")
    func other() async throws {
        await #expect(throws: SnapshotError.contentDiffers(source: "raw", "/fx/out/rates")) {
            _ = try await pin(text: "2\n")
        }
        #expect(try fixture.snapshotFiles() == ["raw"])
    }

    @Test("Nothing large is copied unasked, and it can be copied only")
    func limits() async throws {
        let limits = StorePolicy(copyLimit: ByteCount(4))
        await #expect(throws: SnapshotError.self) { _ = try await pin(.auto, limits) }
        #expect(try await pin(.copy, limits).bytes == 5)
        await #expect(throws: SnapshotError.self) { _ = try await pin(.inPlace) }
    }
}
