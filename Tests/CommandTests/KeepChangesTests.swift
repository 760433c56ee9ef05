import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// `env update` brings writable sources to today's data without losing what was changed in them.
@Suite("env update")
struct KeepChangesTests {
    private func playground() async throws -> Playground {
        let playground = try await Playground(Playground.writable)
        for (name, text) in Self.files { try playground.repository.write("data/" + name, text) }
        try FileSystem.remove(playground.path.appending("data/raw.csv"))
        try await playground.done("switch", "-c", "work")
        return playground
    }

    private static let files = [
        "a.csv": "a", "b.csv": "b", "gone.csv": "g", "theirs.csv": "t", "sub/c.csv": "c", "sub/deep/d.csv": "d",
    ]

    private func tree(_ folder: FilePath) throws -> [String: String] {
        var found: [String: String] = [:]
        for entry in try TreeWalk.list(folder) where entry.status.kind == .file {
            found[entry.path.string] = try FileSystem.readText(folder.pushing(entry.path))
        }
        return found
    }

    /// Changes the environment's own copy and the location, each in its own files.
    private func changeBoth(_ playground: Playground) throws -> (location: FilePath, copy: FilePath) {
        let location = playground.path.appending("data")
        let copy = playground.workspace("work").appending("data")
        try FileSystem.replace(copy.appending("a.csv"), withText: "mine")
        try FileSystem.remove(copy.appending("gone.csv"))
        try playground.repository.write("data/sub/deep/e.csv", "mine too", in: playground.workspace("work"))
        try playground.repository.write("data/new/mine.csv", "n", in: playground.workspace("work"))
        try playground.repository.write("data/new/theirs.csv", "n", in: playground.path)
        try FileSystem.replace(location.appending("theirs.csv"), withText: "changed")
        try FileSystem.remove(location.pushing("sub/c.csv"))
        return (location, copy)
    }

    private static let merged = [
        "a.csv": "mine", "b.csv": "b", "theirs.csv": "changed", "sub/deep/d.csv": "d", "sub/deep/e.csv": "mine too",
        "new/mine.csv": "n", "new/theirs.csv": "n",
    ]

    @Test("Own changes are kept file by file; the location and its own files come in")
    func kept() async throws {
        let playground = try await playground()
        let (location, copy) = try changeBoth(playground)
        let before = try tree(location)
        let refused = try await playground.headgate("env", "update", "work")
        #expect(refused.status == 1)
        #expect(refused.errorOutput.contains("use `--keep-changes`"), "\(refused.errorOutput)")
        try await playground.done("env", "update", "work", "--keep-changes")
        #expect(try tree(copy) == Self.merged)
        #expect(try tree(location) == before)
        #expect(try FileSystem.list(copy.removingLastComponent()).allSatisfy { !$0.string.hasPrefix(".headgate-new") })
        // Once more changes nothing, and what was changed is still known as changed.
        try await playground.done("env", "update", "work", "--keep-changes")
        #expect(try tree(copy) == Self.merged)
        #expect(try await playground.headgate("env", "update", "work").status == 1)
        try await playground.done("env", "update", "work", "--discard", "--yes")
        #expect(try tree(copy) == before)
        let trash = playground.workspace(".trash")
        #expect(try FileSystem.list(trash).count == 2, "what was replaced is in the trash")
        try await playground.done("prune", "--yes")
        #expect(try FileSystem.list(trash).count == 2)
        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        try await playground.repository.commit(["headgate.yaml": text + "expire: {trash: 0s}\n"])
        try await playground.done("prune", "--yes")
        #expect(try FileSystem.list(trash).isEmpty)
        #expect(try await playground.headgate("env", "update", "--discard", "--keep-changes").status == 64)
    }

    @Test("A file changed on both sides is a conflict: all are listed, nothing is touched")
    func conflicts() async throws {
        let playground = try await playground()
        let (location, copy) = try changeBoth(playground)
        for (folder, text) in [(location, "one"), (copy, "other")] {
            try FileSystem.replace(folder.appending("b.csv"), withText: text)
            try FileSystem.replace(folder.pushing("sub/deep/d.csv"), withText: "equal")
        }
        try FileSystem.replace(copy.appending("x"), withText: "a file here")
        try playground.repository.write("data/x/y.csv", "a directory there")
        let (mine, theirs) = (try tree(copy), try tree(location))
        let pins = try JSON(try await playground.done("env", "show", "work", "--json"))["environments"][0]["sources"]
        let refused = try await playground.headgate("env", "update", "work", "--keep-changes")
        #expect(
            refused.transcript(in: playground) == """
                error: the data of `work` cannot be brought up to date
                  why: data/b.csv changed here and at its location
                       data/x changed here and at its location
                 mend: nothing was touched: change one side, or use `--discard` to take the new data as it is
                exit 1

                """)
        #expect(try tree(copy) == mine && tree(location) == theirs)
        #expect(
            try JSON(try await playground.done("env", "show", "work", "--json"))["environments"][0]["sources"] == pins)
    }

    @Test("Removal is refused while the environment's own data holds changes that no step made")
    func removal() async throws {
        let playground = try await playground()
        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        let steps = "steps: {make: {run: echo made > data/made.csv, outputs: [data/made.csv]}}\n"
        try await playground.repository.commit(["headgate.yaml": text + steps], in: playground.workspace("work"))
        let copy = playground.workspace("work").appending("data")
        try await playground.done("run", "--env", "work")
        try FileSystem.replace(copy.appending("a.csv"), withText: "mine")
        let refused = try await playground.headgate("env", "remove", "work")
        #expect(refused.status == 1)
        #expect(
            refused.errorOutput.contains(
                "why: the environment's own data was changed (data/a.csv changed); `--discard-data` lets it go\n"),
            "\(refused.errorOutput)")
        try await playground.done("env", "remove", "--discard-data", "work")
        try await playground.done("env", "undelete", "work")
        #expect(try FileSystem.readText(copy.appending("a.csv")) == "mine")
        try FileSystem.replace(copy.appending("a.csv"), withText: "a")
        try await playground.done("env", "remove", "work")
    }

    @Test("The main working tree's local layer holds in every workspace that has none of its own")
    func localLayer() async throws {
        let playground = try await Playground()
        let elsewhere = try playground.repository.directory.write("elsewhere.csv", "id,name\n9,zoe\n")
        try playground.repository.write("headgate.local.yaml", "sources: {raw: {location: \(elsewhere)}}\n")
        try await playground.done("switch", "-c", "work")
        let read = try await playground.done("exec", "--env", "work", "--", "cat", "data/raw.csv")
        #expect(read == "id,name\n9,zoe\n")
    }

    @Test(
        "Killed at any step, the own changes are there, and the next try succeeds",
        arguments: [
            "update.pins.after", "update.aside", "update.sources.done", "update.record.done", "update.retire.done",
        ])
    func killed(point: String) async throws {
        let playground = try await playground()
        let (_, copy) = try changeBoth(playground)
        let mine = try tree(copy)
        let killed = try await playground.headgate(
            "env", "update", "work", "--keep-changes", variables: ["HEADGATE_FAULT": "kill:\(point)"])
        #expect(killed.status != 0)
        try await playground.done("env", "list")
        let now = try tree(copy)
        #expect(now == mine || now == Self.merged, "\(now)")
        try await playground.done("env", "update", "work", "--keep-changes")
        #expect(try tree(copy) == Self.merged)
    }
}
