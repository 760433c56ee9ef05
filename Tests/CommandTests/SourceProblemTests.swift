import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Sources whose data is gone, or that cannot be used the way they are declared.
@Suite("Problems of sources")
struct SourceProblemTests {
    @Test("A data snapshot that is gone is named by every command that needs it, until it is pinned again")
    func lostSnapshot() async throws {
        let playground = try await Playground()
        try await playground.done("exec", "--", "true")
        let snapshots = playground.workspace(".store").pushing("snapshots/raw")
        for name in try FileSystem.list(snapshots) where FileSystem.isDirectory(snapshots.appending(name)) {
            try FileSystem.removeTree(snapshots.appending(name), within: snapshots)
        }
        for arguments in [["status"], ["plan"], ["run"], ["adopt"], ["exec", "--", "true"]] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 74, "\(arguments)\n\(outcome.errorOutput)")
            #expect(
                outcome.errorOutput.hasPrefix("error: the data snapshot raw/")
                    && outcome.errorOutput.hasSuffix(" mend: run `headgate env update` to pin today's data\n"),
                "\(arguments)\n\(outcome.errorOutput)")
        }
        try await playground.done("env", "update")
        try await playground.done("run")
    }

    @Test("A writable database that stands live in the main workspace is refused by every command alike")
    func liveDatabase() async throws {
        let playground = try await Playground(
            """
            version: 1
            project: small
            sources: {db: {kind: sqlite, path: app.db, writable: true}}
            steps: {a: {run: "mkdir -p out && echo > out/a", outputs: [out/a]}}

            """, files: [".gitignore": "app.*\nout/\n"])
        let script = "import sqlite3; c = sqlite3.connect('app.db'); c.execute('create table t (a)'); c.commit()"
        let made = try await CommandRunner().run(
            Invocation(
                "python3", ["-c", script], variables: playground.program.variables, directory: playground.path))
        try #require(made.succeeded, "\(made.errorText)")
        let commands = [
            ["config", "--check"], ["status"], ["plan"], ["run"], ["exec", "--", "true"], ["env", "update"],
        ]
        for arguments in commands {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 78, "\(arguments)\n\(outcome.errorOutput)")
            #expect(
                outcome.errorOutput.contains(
                    "error: this workspace cannot have a copy of its own of the database `db`\n"),
                "\(arguments)\n\(outcome.errorOutput)")
        }
        // Nor does an update begin that could be neither carried out nor taken back.
        try FileSystem.rename(playground.path.appending("app.db"), to: playground.path.appending("app.moved"))
        #expect(try await playground.headgate("env", "update").status == 78)
        #expect(try await playground.done("doctor").contains("passed   operations"))
        try FileSystem.rename(playground.path.appending("app.moved"), to: playground.path.appending("app.db"))
        // Where it does not stand live, it is a copy like any other.
        let workspace = try await playground.done("switch", "-c", "work").split(separator: "\n")[0]
        for arguments in [["config", "--check"], ["status"], ["run"]] {
            let outcome = try await playground.program.run(arguments, in: FilePath(String(workspace)))
            #expect(outcome.status == 0, "\(arguments)\n\(outcome.errorOutput)")
        }
    }

    @Test("Links that lead out of a source are told when it is pinned; those that stay in it are not")
    func linksLeadingOut() async throws {
        let playground = try await Playground("version: 1\nproject: small\nsources: {raw: {path: data}}\n")
        let data = playground.path.appending("data")
        try playground.repository.write("data/sub/x.csv", "x")
        try FileSystem.symbolicLink(at: data.appending("inside"), to: "sub/../raw.csv")
        try FileSystem.symbolicLink(at: data.pushing("sub/up"), to: "../raw.csv")
        let quiet = try await playground.headgate("env", "update")
        #expect(quiet.status == 0 && !quiet.errorOutput.contains("lead"), "\(quiet.errorOutput)")
        try FileSystem.symbolicLink(at: data.pushing("sub/out"), to: "../../note.txt")
        let one = try await playground.headgate("env", "update")
        #expect(
            one.errorOutput.contains(
                "raw: a link leads out of it (sub/out → ../../note.txt); what is there is not pinned\n"),
            "\(one.errorOutput)")
        try FileSystem.symbolicLink(at: data.appending("absolute"), to: "/etc/hostname")
        let two = try await playground.headgate("env", "update")
        #expect(
            two.errorOutput.contains(
                "raw: 2 links lead out of it (absolute → /etc/hostname, …); what is there is not pinned\n"),
            "\(two.errorOutput)")
        let again = try await playground.headgate("env", "update")
        #expect(!again.errorOutput.contains("lead"), "\(again.errorOutput)")
    }

    @Test("What is no database of the kind it is said to be", arguments: [("sqlite", "SQLite"), ("duckdb", "DuckDB")])
    func notDatabase(kind: String, name: String) async throws {
        let playground = try await Playground(
            "version: 1\nproject: small\nsources: {db: {kind: \(kind), path: data/raw.csv}}\n")
        let outcome = try await playground.headgate("env", "update")
        #expect(
            outcome.transcript(in: playground) == """
                error: cannot pin `db`
                  why: <folder>/project/data/raw.csv is not a \(name) database
                 mend: change `sources: db: location:`, or its `kind`
                exit 78

                """)
    }

    @Test("A missing source")
    func missingSource() async throws {
        let playground = try await Playground()
        try FileSystem.removeTree(playground.path.appending("data"), within: playground.path)
        for arguments in [["run"], ["plan"], ["env", "create", "x"]] {
            #expect(
                try await playground.refusal(arguments, 78) == """
                    error: cannot pin `raw`
                      why: <folder>/project/data/raw.csv does not exist
                     mend: bring the data there, or change `sources: raw: location:`

                    """)
        }
        #expect(try await playground.git("branch", "--format=%(refname:short)") == "main")
        #expect(try await playground.git("worktree", "list").split(separator: "\n").count == 1)
        try playground.repository.write("data/raw.csv", "id,name\n1,ann\n")
        try await playground.done("run")
    }
}
