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

            """, files: [".gitignore": "app.db\nout/\n"])
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
        // Where it does not stand live, it is a copy like any other.
        let workspace = try await playground.done("switch", "-c", "work").split(separator: "\n")[0]
        for arguments in [["config", "--check"], ["status"], ["run"]] {
            let outcome = try await playground.program.run(arguments, in: FilePath(String(workspace)))
            #expect(outcome.status == 0, "\(arguments)\n\(outcome.errorOutput)")
        }
    }
}
