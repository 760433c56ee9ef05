import HostSystem
import Model
import Snapshots
import SystemPackage
import TestSupport
import Testing

/// A SQLite database is pinned while a writer commits without a pause.
@Suite("A database under a writer", .enabled(if: python != nil, "Python is not installed"))
struct BusyDatabaseTests {
    /// How many snapshots are taken: all with `scripts/test --kill`.
    private static let count = ProcessVariables.current()["HEADGATE_KILLS"] == "all" ? 200 : 40

    @Test("Every snapshot passes SQLite's check and is a state that existed", arguments: ["WAL", "DELETE"])
    func snapshots(journal: String) async throws {
        let fixture = try SnapshotFixture(filled: false)
        try FileSystem.makeDirectories(fixture.location)
        let database = fixture.location.appending("busy.db")
        let stop = fixture.directory.path("stop")
        let writer = Task {
            try await run(Self.writer, [database.string, journal, stop.string])
        }
        while !FileSystem.exists(database.removingLastComponent().appending("ready")) {
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        defer { _ = try? fixture.directory.write("stop") }  // However the test ends, the writer does.
        var places: [String] = []
        var previous: Pin?
        for _ in 0..<Self.count {
            let pin = try await fixture.store.pin(
                source: source(kind: .sqlite), location: database, policy: StorePolicy(), previous: previous)
            places.append(fixture.store.dataPath(of: pin).string)
            previous = pin
        }
        try fixture.directory.write("stop")
        let written = try await writer.value
        #expect(written.succeeded, "\(written.errorText)")
        let checked = try await run(Self.checker, places)
        #expect(checked.succeeded, "\(checked.errorText)")
        let states = checked.outputText.split(separator: "\n").compactMap { Int($0) }
        #expect(states.count == places.count && states == states.sorted(), "\(states)")
        #expect(Set(states).count > Self.count / 2, "the writer wrote meanwhile")
    }

    private func run(_ script: String, _ arguments: [String]) async throws -> CommandResult {
        try await CommandRunner().run(
            Invocation(python?.string ?? "", ["-c", script] + arguments, timeLimit: TimeSpan(seconds: 600)))
    }

    /// Each state has the same number in both tables, and as many rows as its number, at most 100.
    private static let writer = """
        import os, pathlib, sqlite3, sys, time
        path, journal, stop = sys.argv[1:]
        c = sqlite3.connect(path, timeout=30, isolation_level=None)
        c.execute(f"PRAGMA journal_mode={journal}")
        c.execute("PRAGMA synchronous=OFF")
        c.execute("CREATE TABLE a (n)"); c.execute("CREATE TABLE b (n)"); c.execute("CREATE TABLE rows (n, text)")
        c.execute("INSERT INTO a VALUES (0)"); c.execute("INSERT INTO b VALUES (0)")
        pathlib.Path(path).with_name("ready").touch()
        n = 0
        while not os.path.exists(stop):
            n += 1
            c.execute("BEGIN IMMEDIATE")
            c.execute("UPDATE a SET n = ?", (n,))
            c.execute("INSERT INTO rows VALUES (?, ?)", (n, "x" * (n % 3000)))
            c.execute("DELETE FROM rows WHERE n <= ?", (n - 100,))
            c.execute("UPDATE b SET n = ?", (n,))
            c.execute("COMMIT")
            time.sleep(0.001)
        """

    private static let checker = """
        import sqlite3, sys
        for path in sys.argv[1:]:
            c = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
            assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)], path
            a, b = c.execute("SELECT a.n, b.n FROM a, b").fetchone()
            assert a == b and min(a, 100) == c.execute("SELECT count(*) FROM rows").fetchone()[0], (path, a, b)
            print(a)
        """
}

private let python = CommandRunner.locate("python3", variables: ["PATH": "/usr/bin:/usr/local/bin"])
