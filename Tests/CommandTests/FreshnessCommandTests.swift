import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// How old a source's data is, is tested before it is read, each time anew.
@Suite("Freshness of sources")
struct FreshnessCommandTests {
    private func playground(_ source: String) async throws -> Playground {
        try await Playground(
            """
            version: 1
            project: small
            environments: [{match: main, protected: true}, {match: "*", from: main}]
            sources:
              raw: \(source)
            steps:
              join:
                run: mkdir -p out && cat data/raw/* > out/all.csv
                inputs: [data/raw]
                outputs: [out/all.csv]

            """)
    }

    /// Sets when a file of the source was last written.
    private func write(_ name: String, _ age: TimeSpan, in playground: Playground) throws {
        let file = try playground.repository.write("data/raw/" + name, "1\n")
        let now = SystemClock.now()
        try FileSystem.setModified(file, now + TimeSpan(seconds: -age.seconds))
    }

    private func age(_ answer: String) throws -> JSON {
        try #require(try JSON(answer)["tests"].items.first { $0["id"].text == "source:raw/freshness" })
    }

    @Test("The newest file counts; a warning lets the line go on, an error stops it")
    func severities() async throws {
        let playground = try await playground("{path: data/raw, freshness: {warn_after: 26h, error_after: 3d}}")
        try write("old.csv", .days(400), in: playground)
        try write("new.csv", .hours(1), in: playground)
        let fresh = try age(try await playground.done("run", "--json"))
        #expect(fresh["outcome"].text == "passed")
        #expect(fresh["check"].text == "freshness")

        // The same data, the same steps: the test is run again all the same.
        var again = fresh
        for _ in 0..<100 where again["value"] == fresh["value"] {
            again = try age(try await playground.done("run", "--json"))
        }
        #expect(try #require(again["value"].number) > #require(fresh["value"].number))

        try write("new.csv", .hours(30), in: playground)
        try await playground.done("env", "update")
        let warned = try await playground.headgate("run", "--json")
        #expect(warned.status == 0)
        #expect(try JSON(warned.output)["outcome"].text == "passed-with-warnings")
        #expect(try age(warned.output)["message"].text?.hasPrefix("30h old, should be 26h at most (") == true)

        try write("new.csv", .days(4), in: playground)
        try await playground.done("env", "update")
        let stopped = try await playground.headgate("run", "--json")
        #expect(stopped.status == 1)
        #expect(try age(stopped.output)["severity"].text == "error")
        #expect(try JSON(stopped.output)["steps"][0]["state"].text == "skipped")
    }

    @Test(
        "A verdict does not answer for the age of the data: a landing tests it again, and taking the test away is told")
    func landing() async throws {
        let playground = try await playground("{path: data/raw, freshness: {error_after: 3d}}")
        try write("new.csv", .hours(1), in: playground)
        try await playground.branch("work", ["note.txt": "changed\n"])
        try await playground.done("merge", "work", "--dry-run")
        let withoutRun = try await playground.headgate("merge", "work", "--no-run")
        #expect(withoutRun.status == 1)
        let words = withoutRun.output + withoutRun.errorOutput
        #expect(words.contains("the age of the data must be tested again"), "\(words)")
        let landed = try JSON(try await playground.done("merge", "work", "--json"))
        #expect(landed["landed"] == .flag(true))
        #expect(landed["verdict"]["reused"] == .flag(false), "\(landed)")

        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        try await playground.branch(
            "blind", ["headgate.yaml": text.replacing("{error_after: 3d}", with: "{error_after: 900d}")])
        try write("new.csv", .days(4), in: playground)
        try await playground.done("env", "update")
        let loosened = try await playground.headgate("merge", "blind")
        #expect(loosened.status == 1)
        let told = loosened.output + loosened.errorOutput
        #expect(told.contains("loosened:source:raw/freshness"), "\(told)")

        // No commit makes data newer.
        try await playground.branch("plain", ["note.txt": "changed again\n"])
        let refused = try await playground.headgate("merge", "plain").errorOutput
        #expect(refused.contains("then `headgate env update main`, and try again\nmain has not moved"), "\(refused)")
        #expect(!refused.contains("mend it on plain"), "\(refused)")
    }

    @Test("A database is as old as its file was when it was pinned, another project's output as its landing")
    func kinds() async throws {
        let small = try await Playground(
            """
            version: 1
            project: small
            sources:
              raw: {kind: sqlite, path: data/raw.sqlite, location: ../raw.sqlite, freshness: {warn_after: 1d}}

            """)
        let file = small.repository.directory.path("raw.sqlite")
        let made = try await CommandRunner().run(
            Invocation(
                "python3",
                [
                    "-c",
                    "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('create table t (a)'); c.commit()",
                    file.string,
                ],
                variables: ["PATH": "/usr/local/bin:/usr/bin:/bin"]))
        try #require(made.succeeded)
        let now = SystemClock.now()
        try FileSystem.setModified(file, now + TimeSpan(seconds: -10 * 86_400))
        let old = try age(try await small.done("run", "--json"))
        #expect(old["message"].text?.hasPrefix("10d old, should be 24h at most") == true, "\(old)")

        let command = try await playground("{kind: command, fingerprint: date, freshness: {warn_after: 1d}}")
        let refused = try await command.headgate("run")
        #expect(refused.status == 78)
        #expect(refused.errorOutput.contains("cannot be known"), "\(refused.errorOutput)")
    }
}
