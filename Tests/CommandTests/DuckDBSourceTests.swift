import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// A DuckDB database is pinned as a finished copy, never while somebody writes, and its location is only read.
@Suite("DuckDB sources", .enabled(if: duckDBProgram != nil, "DuckDB's program is not staged: run scripts/build"))
struct DuckDBSourceTests {
    private struct Lake {
        let playground: Playground
        let database: FilePath

        func sql(_ statements: String) async throws {
            let result = try await CommandRunner().run(
                Invocation(
                    duckDBProgram?.string ?? "", ["-init", "/dev/null", "-batch", "-bail", database.string],
                    variables: ["HOME": "/tmp"], input: .text(statements), output: .captured(), errorOutput: .joined))
            #expect(result.succeeded, "\(result.outputText)")
        }

        /// Starts a process that commits `statements` and keeps the database open, until it is killed.
        func writer(_ statements: String) async throws -> Int32 {
            let ready = playground.repository.directory.path("ready")
            let script = """
                mkfifo "$1.pipe"; exec 3<>"$1.pipe"
                "$0" -init /dev/null -batch "$2" <&3 >"$1" 2>&1 & echo $! >"$1.pid"
                printf '%s\\n' "$3" "SELECT 'committed';" >&3
                for i in $(seq 100); do grep -q committed "$1" && exit 0; sleep 0.05; done; exit 1
                """
            // A session of its own, so that it lives on when the shell ends.
            let result = try await CommandRunner().run(
                Invocation(
                    "/usr/bin/setsid",
                    [
                        "--fork", "--wait", "sh", "-c", script, duckDBProgram?.string ?? "", ready.string,
                        database.string, statements,
                    ],
                    variables: ["HOME": "/tmp", "PATH": "/usr/bin:/bin"], errorOutput: .joined))
            #expect(result.succeeded, "\(result.outputText)")
            let text = try FileSystem.readText(FilePath(ready.string + ".pid"))
            return try #require(Int32(text.filter(\.isNumber)))
        }

        func kill(_ process: Int32) async throws {
            _ = try await CommandRunner().run(Invocation("/bin/kill", ["-9", String(process)]))
            while FileSystem.exists(FilePath("/proc/\(process)/exe")) { try await Task.sleep(nanoseconds: 5_000_000) }
            for name in ["ready", "ready.pipe", "ready.pid"] {
                try FileSystem.remove(playground.repository.directory.path(name))
            }
        }

        func bytes() throws -> [String] {
            let folder = database.removingLastComponent()
            return try FileSystem.list(folder).sorted { $0.string < $1.string }.map {
                "\($0.string) \(try FileHasher.hash(folder.appending($0)))"
            }
        }

        func counted() async throws -> String {
            try await playground.done("run")
            return try FileSystem.readText(playground.path.appending("out/n.csv"))
        }
    }

    private func lake() async throws -> Lake {
        let playground = try await Playground(
            """
            version: 1
            project: small
            environments: [{match: main, protected: true}]
            sources:
              sales:
                kind: duckdb
                path: db/sales.duckdb
                location: ../lake/sales.duckdb
                tests:
                  - not_null: {table: "db/sales.duckdb:orders", columns: [id]}
            steps:
              count:
                run: mkdir -p out && duckdb -readonly -csv -noheader db/sales.duckdb 'SELECT count(*), sum(id) FROM orders' > out/n.csv
                inputs: [db/sales.duckdb]
                outputs: [out/n.csv]

            """)
        let folder = try playground.repository.directory.makeDirectory("lake")
        let lake = Lake(playground: playground, database: folder.appending("sales.duckdb"))
        try await lake.sql("CREATE TABLE orders AS SELECT range AS id FROM range(10);")
        return lake
    }

    @Test("What was committed is in the pin, even where it stands in the log only, and the location stays as it is")
    func log() async throws {
        let lake = try await lake()
        #expect(try await lake.counted() == "10,45\n")
        let first = try JSON(try await lake.playground.done("env", "show", "--json"))["environments"][0]["sources"][0]
        #expect(first["pin"].text == "copy")

        let writer = try await lake.writer("INSERT INTO orders VALUES (1000);")
        try await lake.kill(writer)
        let before = try lake.bytes()
        #expect(before.count == 2, "the killed process left its log: \(before)")
        try await lake.playground.done("env", "update")
        #expect(try lake.bytes() == before, "pinning reads the location and does not change it")
        #expect(try await lake.counted() == "11,1045\n")
        let pin = try JSON(try await lake.playground.done("env", "show", "--json"))["environments"][0]["sources"][0]
        let pinned = lake.playground.workspace(".store").pushing("snapshots").pushing(FilePath(pin["id"].text ?? "?"))
        #expect(try FileSystem.list(pinned).map(\.string) == ["sales.duckdb"], "one finished file")

        let again = try await lake.playground.headgate("env", "update")
        #expect(again.errorOutput.contains("pinned "), "\(again.errorOutput)")
    }

    @Test("Pinning while another process writes is refused, names it, and leaves everything as it was")
    func writing() async throws {
        let lake = try await lake()
        #expect(try await lake.counted() == "10,45\n")
        let writer = try await lake.writer("INSERT INTO orders VALUES (1000);")
        let before = try lake.bytes()
        let refused = try await lake.playground.headgate("env", "update")
        try await lake.kill(writer)
        #expect(refused.status == 75)
        #expect(refused.errorOutput.contains("why: "), "\(refused.errorOutput)")
        #expect(refused.errorOutput.contains("is open for writing in process \(writer) ("), "\(refused.errorOutput)")
        #expect(try lake.bytes() == before)
        #expect(try await lake.counted() == "10,45\n", "the old pin holds")
        try await lake.playground.done("env", "update")
        #expect(try await lake.counted() == "11,1045\n")
        #expect(try await lake.playground.headgate("doctor").status == 0)
    }

    @Test("A file that is no DuckDB database is refused")
    func noDatabase() async throws {
        let lake = try await lake()
        try FileSystem.replace(lake.database, withText: "id\n1\n2\n3\n4\n5\n")
        let refused = try await lake.playground.headgate("run")
        #expect(refused.status == 78)
        #expect(refused.errorOutput.contains("is not a DuckDB database"), "\(refused.errorOutput)")
    }
}

/// The program that the built `headgate` uses.
let duckDBProgram: FilePath? = {
    guard let products = try? ProgramUnderTest(variables: [:]).executable else { return nil }  // Told by the suite.
    var directory = products.removingLastComponent()
    while !directory.components.isEmpty {
        if FileSystem.exists(directory.appending("Package.swift")) {
            let program = directory.pushing(".build/headgate/lib/headgate/bin/duckdb")
            return FileSystem.exists(program) ? program : nil
        }
        directory.removeLastComponent()
    }
    return nil
}()
