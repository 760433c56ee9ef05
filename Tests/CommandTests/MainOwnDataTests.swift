import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// In the main workspace, too, what steps change is the environment's own copy, never the live data.
@Suite("Writable sources of the main workspace")
struct MainOwnDataTests {
    private static let configuration =
        Playground.writable + """
            steps:
              change:
                run: cat data/raw.csv >> data/made.csv && echo changed > data/raw.csv
                inputs: [note.txt]
                outputs: [data/made.csv]
              read:
                run: mkdir -p out && cat data/made.csv > out/all.csv
                inputs: [data/made.csv]
                outputs: [out/all.csv]

            """

    private static let table = "id,name\n1,ann\n2,bob\n"

    private func copy(of playground: Playground, _ slug: String = "main") -> FilePath {
        playground.workspace(".store").appending("own").appending(slug).appending("data")
    }

    @Test("A run changes the copy: the live data stays as it is, byte for byte, and what ran is up to date")
    func run() async throws {
        let playground = try await Playground(Self.configuration)
        let live = playground.path.appending("data")
        let before = try FileSystem.requireStatus(live.appending("raw.csv"))
        try await playground.done("run")
        #expect(try FileSystem.readText(live.appending("raw.csv")) == Self.table)
        #expect(try FileSystem.requireStatus(live.appending("raw.csv")).changed == before.changed)
        #expect(try FileSystem.list(live).map(\.string) == ["raw.csv"])
        #expect(try FileSystem.readText(copy(of: playground).appending("raw.csv")) == "changed\n")
        #expect(try FileSystem.readText(playground.path.pushing("out/all.csv")) == Self.table)
        let again = try JSON(try await playground.done("run", "--json"))["steps"]
        #expect(again[0]["state"].text == "up-to-date" && again[1]["state"].text == "up-to-date", "\(again)")
        // Its output alone, from the cache, would not be all that it made: it runs again.
        try FileSystem.replace(copy(of: playground).appending("made.csv"), withText: "other")
        try await playground.done("run")
        #expect(try FileSystem.readText(copy(of: playground).appending("made.csv")) == "changed\n")
        #expect(try FileSystem.list(live).map(\.string) == ["raw.csv"])
        // And in a command of the user's, whose changes stay in the environment.
        try await playground.done("exec", "--", "sh", "-c", "cat data/raw.csv && echo more > data/more.csv")
        #expect(try FileSystem.readText(copy(of: playground).appending("more.csv")) == "more\n")
        #expect(try FileSystem.list(live).map(\.string) == ["raw.csv"])
    }

    @Test("Status, env show and the removal of the parked environment say where the copy is and how it differs")
    func told() async throws {
        let playground = try await Playground(Self.configuration)
        try await playground.git("switch", "--quiet", "-c", "work")
        try await playground.done("exec", "--", "sh", "-c", "echo mine > data/mine.csv")
        let place = copy(of: playground, "work")
        let status = try await playground.done("status")
        #expect(
            status.contains(
                "runs read and change data in a copy of this environment's own, at \(place): 1 file differs"))
        #expect(!status.contains("data has changed since"))
        try playground.repository.write("data/raw.csv", "live\n")
        #expect(try await playground.done("status").contains("data has changed since"))
        #expect(try await playground.done("env", "show").contains("\(place), 1 file differs from the pin"))
        let shown = try JSON(try await playground.done("env", "show", "--json"))["environments"][0]["sources"][0]
        #expect(shown["copy"]["path"].text == place.string && shown["copy"]["changed"].number == 1, "\(shown)")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("status")
        let refused = try await playground.headgate("env", "remove", "work")
        #expect(refused.status == 1)
        #expect(
            refused.errorOutput.contains(
                "why: the environment's own data was changed (data/mine.csv appeared); `--discard-data` lets it go\n"),
            "\(refused.errorOutput)")
        #expect(try FileSystem.readText(place.appending("mine.csv")) == "mine\n")
        try await playground.done("env", "remove", "work", "--discard-data")
        #expect(!FileSystem.exists(place))
        let trash = playground.workspace(".trash")
        let kept = try #require(try FileSystem.list(trash).first)
        #expect(try FileSystem.readText(trash.appending(kept).pushing("data/data/mine.csv")) == "mine\n")
    }

    @Test("Update keeps the changes in the copy, or drops them, and refuses without being told")
    func update() async throws {
        let playground = try await Playground(Self.configuration)
        try await playground.done("exec", "--", "sh", "-c", "echo mine > data/mine.csv")
        try playground.repository.write("data/theirs.csv", "theirs\n")
        let refused = try await playground.headgate("env", "update")
        #expect(refused.status == 1)
        #expect(refused.errorOutput.contains("why: data/mine.csv appeared\n"), "\(refused.errorOutput)")
        try await playground.done("env", "update", "--keep-changes")
        let place = copy(of: playground)
        #expect(try FileSystem.list(place).map(\.string) == ["mine.csv", "raw.csv", "theirs.csv"])
        try await playground.done("env", "update", "--discard", "--yes")
        #expect(try FileSystem.list(place).map(\.string) == ["raw.csv", "theirs.csv"])
        #expect(try FileSystem.list(playground.path.appending("data")).map(\.string) == ["raw.csv", "theirs.csv"])
    }

    @Test("The copy goes along when its branch is given a workspace, and comes back when that fails")
    func parked() async throws {
        let playground = try await Playground(Self.configuration)
        try await playground.git("switch", "--quiet", "-c", "work")
        try await playground.done("exec", "--", "sh", "-c", "echo mine > data/mine.csv")
        try await playground.git("switch", "--quiet", "main")
        let place = copy(of: playground, "work")
        let failed = try await playground.headgate(
            "switch", "work", variables: ["HEADGATE_FAULT": "kill:create.config.before"])
        #expect(failed.status != 0)
        try await playground.done("env", "list")
        #expect(try FileSystem.readText(place.appending("mine.csv")) == "mine\n")
        try await playground.done("switch", "work")
        #expect(try FileSystem.readText(playground.workspace("work").pushing("data/mine.csv")) == "mine\n")
        #expect(!FileSystem.exists(place))
    }

    @Test("Without a sandbox nothing runs that could change the live data, and a database is refused")
    func refusals() async throws {
        let playground = try await Playground(Self.configuration)
        let path = try playground.pathWithoutSandbox()
        let failed = try await playground.headgate("run", variables: ["PATH": path])
        #expect(failed.status == 1)
        #expect(failed.errorOutput.contains("would change the live data of the source `raw`"), "\(failed.errorOutput)")
        let refused = try await playground.headgate("exec", "--", "touch", "data/x", variables: ["PATH": path])
        #expect(refused.status == 1)
        #expect(
            refused.errorOutput.contains("would change the live data of the source `raw`"), "\(refused.errorOutput)")
        #expect(try FileSystem.list(playground.path.appending("data")).map(\.string) == ["raw.csv"])

        let text = "version: 1\nproject: small\nsources: {db: {kind: sqlite, path: app.db, writable: true}}\n"
        let other = try await Playground(text, files: [".gitignore": "app.db*\n"])
        let made = try await CommandRunner().run(
            Invocation(
                "python3", ["-c", "import sqlite3; sqlite3.connect('app.db').execute('create table t (n)')"],
                variables: other.program.variables, directory: other.path))
        #expect(made.succeeded, "\(made.errorText)")
        let database = try await other.headgate("exec", "--", "true")
        #expect(database.status == 78)
        #expect(database.errorOutput.contains("its logs beside the live one"), "\(database.errorOutput)")
    }

    @Test("A single file, and one that is reached through a link, have copies as well; a new source disturbs none")
    func otherShapes() async throws {
        let text =
            "version: 1\nproject: small\nsources:\n  one: {path: data/raw.csv, writable: true}\n"
            + "  linked: {path: linked, writable: true}\n"
        let playground = try await Playground(text, files: [".gitignore": "data/\nlinked\n"])
        let live = try playground.repository.directory.makeDirectory("live")
        try FileSystem.replace(live.appending("x.csv"), withText: "x")
        try FileSystem.symbolicLink(at: playground.path.appending("linked"), to: live)
        try await playground.git("switch", "--quiet", "-c", "work")
        let script = "echo two > data/raw.csv; echo y > linked/y.csv; cat data/raw.csv linked/y.csv"
        #expect(try await playground.done("exec", "--", "sh", "-c", script) == "two\ny\n")
        #expect(try FileSystem.readText(playground.path.pushing("data/raw.csv")) == Self.table)
        #expect(try FileSystem.list(live).map(\.string) == ["x.csv"])
        try playground.repository.write("data/new.csv", "n\n")
        try playground.repository.write("headgate.yaml", text + "  new: {path: data/new.csv}\n")
        #expect(
            try await playground.done("exec", "--", "cat", "data/raw.csv", "linked/y.csv", "data/new.csv")
                == "two\ny\nn\n")
        try await playground.git("stash", "--quiet")
        try await playground.git("switch", "--quiet", "main")
        let refused = try await playground.headgate("env", "remove", "work")
        #expect(refused.errorOutput.contains("(linked/y.csv appeared)"), "\(refused.errorOutput)")
        // In a linked workspace, too.
        try await playground.done("switch", "-c", "other")
        let workspace = playground.workspace("other")
        try FileSystem.replace(workspace.pushing("data/raw.csv"), withText: "mine\n")
        try playground.repository.write("headgate.yaml", text + "  new: {path: data/new.csv}\n", in: workspace)
        let read = try await playground.done("exec", "--env", "other", "--", "cat", "data/raw.csv", "data/new.csv")
        #expect(read == "mine\nn\n")
    }

    @Test("Commands that are the first to need the copy at the same time make it once")
    func together() async throws {
        let playground = try await Playground(Self.configuration)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 { group.addTask { try await playground.done("exec", "--", "cat", "data/raw.csv") } }
            for try await text in group { #expect(text == Self.table) }
        }
        let folder = copy(of: playground).removingLastComponent()
        #expect(try FileSystem.list(folder).map(\.string) == ["data"])
        // As a command leaves it that is killed while it copies.
        try FileSystem.rename(folder.appending("data"), to: folder.appending(".headgate-building-x"))
        #expect(try await playground.headgate("plan").status == 10)
        #expect(try FileSystem.list(folder).map(\.string) == ["data"])
    }

    @Test(
        "Killed at any step of an update, the copy holds its own changes, and the next try succeeds",
        arguments: ["update.pins.after", "update.aside", "update.sources.done", "update.record.done"])
    func killed(point: String) async throws {
        let playground = try await Playground(Self.configuration)
        try await playground.done("exec", "--", "sh", "-c", "echo mine > data/mine.csv")
        try playground.repository.write("data/theirs.csv", "theirs\n")
        let killed = try await playground.headgate(
            "env", "update", "--keep-changes", variables: ["HEADGATE_FAULT": "kill:\(point)"])
        #expect(killed.status == 137)
        try await playground.done("env", "list")
        let place = copy(of: playground)
        #expect(try FileSystem.readText(place.appending("mine.csv")) == "mine\n")
        try await playground.done("env", "update", "--keep-changes")
        #expect(try FileSystem.list(place).map(\.string) == ["mine.csv", "raw.csv", "theirs.csv"])
        #expect(try FileSystem.list(place.removingLastComponent()).map(\.string) == ["data"])
    }

    @Test("A step that replaces a single file by renaming is told why it cannot")
    func renaming() async throws {
        let playground = try await Playground(
            "version: 1\nproject: small\nsources: {one: {path: data/raw.csv, writable: true}}\n"
                + "steps: {a: {run: \"echo x > t && mkdir -p out && mv t data/raw.csv\", inputs: [note.txt], outputs: [out]}}\n"
        )
        let outcome = try await playground.headgate("run")
        #expect(outcome.status == 1)
        #expect(
            outcome.errorOutput.contains(
                "data/raw.csv is shown in the place of another file, so it can be written into and not be replaced;"),
            "\(outcome.errorOutput)")
        #expect(try FileSystem.readText(playground.path.pushing("data/raw.csv")) == Self.table)
    }

    @Test("A repository that a step plants in the copy is set aside, as in the workspace")
    func planted() async throws {
        let playground = try await Playground(
            "version: 1\nproject: small\nsources: {raw: {path: data, writable: true}}\n"
                + "steps: {a: {run: \"mkdir -p data/x/.git out\", inputs: [note.txt], outputs: [out]}}\n")
        let run = try JSON(try await playground.headgate("run", "--json").output)
        #expect(run["taints"].texts.contains { $0.contains("made a Git repository at `data/x/.git`") }, "\(run)")
        #expect(!FileSystem.exists(copy(of: playground).pushing("x/.git")))
    }

    @Test("An output in the copy is taken from the cache, and keeps no parked environment from being removed")
    func explained() async throws {
        let playground = try await Playground(
            Self.configuration.replacing(" && echo changed > data/raw.csv", with: ""))
        try await playground.git("switch", "--quiet", "-c", "work")
        try await playground.done("run")
        let made = copy(of: playground, "work").appending("made.csv")
        try FileSystem.replace(made, withText: "other")
        let again = try JSON(try await playground.done("run", "--json"))["steps"]
        #expect(again[0]["state"].text == "cached", "\(again)")
        #expect(try FileSystem.readText(made) == Self.table)
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("env", "remove", "work")
    }

    @Test("The log of a live database is hidden from those who read its pin")
    func liveLog() async throws {
        let text = "version: 1\nproject: small\nsources: {db: {kind: sqlite, path: app.db}}\n"
        let playground = try await Playground(text, files: [".gitignore": "app.db*\n"])
        let writer = """
            import os, sqlite3, sys
            c = sqlite3.connect('app.db', isolation_level=None)
            c.execute('pragma journal_mode=wal'); c.execute('pragma wal_autocheckpoint=0')
            c.execute('create table if not exists t (n)'); c.execute('insert into t values (1)')
            sys.stdout.flush(); os._exit(0)
            """
        func write() async throws {
            let invocation = Invocation(
                "python3", ["-c", writer], variables: playground.program.variables, directory: playground.path)
            #expect(try await CommandRunner().run(invocation).succeeded)
        }
        try await write()
        let count = "import sqlite3; print(sqlite3.connect('app.db').execute('select count(*) from t').fetchone()[0])"
        #expect(try await playground.done("exec", "--", "python3", "-c", count) == "1\n")
        try await write()
        #expect(try FileSystem.requireStatus(playground.path.appending("app.db-wal")).size > 0)
        #expect(try await playground.done("exec", "--", "python3", "-c", count) == "1\n")
        try await playground.done("env", "update")
        #expect(try await playground.done("exec", "--", "python3", "-c", count) == "2\n")
    }
}
