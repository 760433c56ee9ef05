import HostSystem
import Model
import TestSupport
import Testing

/// A remedy must help when it is typed.
@Suite("Remedies that help when typed")
struct RemedyWordsTests {
    @Test("A merge that needs approval names the workspace in which to give it")
    func trust() async throws {
        let playground = try await Playground()
        let reaching = Playground.configuration + "sandbox: {network: true}\n"
        try await playground.branch("far", ["headgate.yaml": reaching])
        var refused = try await playground.headgate("merge", "far")
        #expect(refused.status == 78)
        #expect(
            refused.errorOutput.contains("go to its workspace with `headgate switch far`"), "\(refused.errorOutput)")
        _ = try await playground.headgate("switch", "far")
        refused = try await playground.headgate("merge", "far")
        let workspace = playground.workspace("far").string
        #expect(refused.errorOutput.contains("run `headgate -C \(workspace) trust`"), "\(refused.errorOutput)")
        try await playground.done("-C", workspace, "trust", "--yes")
        #expect(try await playground.headgate("merge", "far", "--dry-run").status != 78)
    }

    @Test("What was misunderstood on the command line names the help of that command")
    func usage() async throws {
        let playground = try await Playground()
        for (arguments, help) in [
            (["run", "--jobs", "0"], "headgate help run"), (["run", "--param", "month"], "headgate help run"),
            (["run", "--fail-fast", "--keep-going"], "headgate help run"),
            (["-C", ".", "audit", "--accept", "x"], "headgate help audit"),
        ] {
            let refused = try await playground.program.run(arguments, in: playground.path)
            #expect(refused.status == 64, "\(arguments)")
            #expect(refused.errorOutput.hasSuffix(" mend: see `\(help)`\n"), "\(refused.errorOutput)")
        }
    }

    @Test("A step that did not run names the run that has its log")
    func log() async throws {
        let playground = try await Playground()
        try await playground.done("run")
        let first = try #require(try await runs(playground).first)
        try await playground.done("run")
        #expect(try await runs(playground).count == 2)
        let latest = try await playground.headgate("log", "latest", "join")
        #expect(latest.status == 1)
        #expect(latest.errorOutput.contains(" mend: `headgate log \(first) join` shows"), "\(latest.errorOutput)")
        try await playground.done("log", first, "join")
    }

    private func runs(_ playground: Playground) async throws -> [String] {
        try JSON(try await playground.done("runs", "--json"))["runs"].items.compactMap { $0["run"].text }
    }

    @Test("An acknowledgement of nothing is told")
    func acknowledgement() async throws {
        let playground = try await Playground()
        try await playground.branch("work", ["note.txt": "4,dan\n"])
        let merge = try await playground.headgate(
            "merge", "work", "--dry-run", "--acknowledge", "unknown-id", "--reason", "typed")
        #expect(merge.status == 0)
        #expect(
            merge.errorOutput.contains("note: `--acknowledge unknown-id` answers for nothing"), "\(merge.errorOutput)")
    }

    @Test("A branch that is none is an error of runs and verify, too")
    func unknownNames() async throws {
        let playground = try await Playground()
        let runs = try await playground.headgate("runs", "--env", "nope")
        #expect(runs.status != 0)
        #expect(runs.errorOutput.contains("nope"))
        try await playground.done("runs", "--env", "main")
        let verify = try await playground.headgate("verify", "nope")
        #expect(verify.errorOutput.contains(" mend: name a commit, a branch or a tag"), "\(verify.errorOutput)")
    }

    @Test("An environment is kept to the end of a day, or for a time")
    func keep() async throws {
        let playground = try await Playground()
        try await playground.done("env", "create", "work")
        let kept = try await playground.headgate("env", "keep", "work", "--until", "2199-12-24")
        #expect(kept.errorOutput == "kept until 2199-12-25T00:00:00Z\n")
        for (text, word) in [("2001-02-03", "is over"), ("2199-02-30", "is not a time"), ("soon", "is not a time")] {
            let refused = try await playground.headgate("env", "keep", "work", "--until", text)
            #expect(refused.status == 64)
            #expect(refused.errorOutput.contains(word), "\(refused.errorOutput)")
        }
    }

    @Test("In a repository without a commit, what init says next can be done")
    func unborn() async throws {
        let playground = try await Playground(nil)
        try await playground.git("switch", "--quiet", "--orphan", "fresh")
        let found = try await playground.headgate("init")
        #expect(
            found.errorOutput.contains(
                "next: read it, then `git add -A && git commit -m 'Start'`, then `headgate plan`"),
            "\(found.errorOutput)")
    }
}
