import HostSystem
import Model
import Snapshots
import SystemPackage
import TestSupport
import Testing

/// Kills a process in the middle of pinning and deleting, and looks at what it left. The process is this test bundle,
/// asked for the one test that does the work.
@Suite("Killed in the middle")
struct KilledTests {
    static let directoryVariable = "HEADGATE_TEST_DIRECTORY"

    @Test(
        "Whatever the moment, recovery leaves whole pins only",
        arguments: [
            "pin.build.before", "pin.build.after", "pin.manifest.after", "pin.rename.after",
            "snapshot.delete.before", "snapshot.delete.manifest", "snapshot.delete.renamed",
        ])
    func killed(at point: String) async throws {
        let directory = try TemporaryDirectory()
        try directory.write("data/a.csv", "one")
        try directory.write("data/b/c.csv", "two")
        let store = SnapshotStore(root: directory.path("snapshots"), time: .system)
        let first = try await store.pin(
            source: source(pin: .copy), location: directory.path("data"), policy: StorePolicy())
        try directory.write("data/a.csv", "three")

        var variables = ProcessVariables.current()
        variables["HEADGATE_FAULT"] = "kill:" + point
        variables[Self.directoryVariable] = directory.path.string
        let result = try await CommandRunner().run(
            Invocation(
                try testBundle(), ["--testing-library", "swift-testing", "--filter", "KilledTests/work"],
                variables: variables, timeLimit: TimeSpan(seconds: 60)))
        #expect(result.termination == .signalled(9), "\(result.outputText)")

        try await store.recover()
        let pins = try store.pins()
        for pin in pins { #expect(try await store.contentChanges(pin).isEmpty) }
        let isDeletion = point.hasPrefix("snapshot.delete") && point != "snapshot.delete.before"
        #expect(pins.contains(first) == !isDeletion)
        #expect(try await store.recover().isEmpty)
        let names = try FileSystem.list(store.root.appending("raw")).map(\.string)
        #expect(names.count == pins.count * 2, "\(names)")
        let next = try await store.pin(
            source: source(pin: .copy), location: directory.path("data"), policy: StorePolicy(), previous: first)
        #expect(try await store.contentChanges(next).isEmpty)
    }

    @Test("Pins and deletes", .enabled(if: ProcessVariables.current()[directoryVariable] != nil))
    func work() async throws {
        let variables = ProcessVariables.current()
        let directory = FilePath(try #require(variables[Self.directoryVariable]))
        let store = SnapshotStore(
            root: directory.appending("snapshots"), time: .system, faults: FaultPoints(variables: variables))
        let first = try #require(try store.pins().first)
        _ = try await store.pin(
            source: source(pin: .copy), location: directory.appending("data"), policy: StorePolicy(), previous: first)
        try await store.delete(first.id)
    }

    /// The program that runs these tests.
    private func testBundle() throws -> String {
        for word in CommandLine.arguments where word.hasSuffix(".xctest") || word.contains(".xctest/") {
            return word.hasPrefix("--test-bundle-path=") ? String(word.dropFirst(19)) : word
        }
        return try CurrentProcess.executable().string
    }
}
