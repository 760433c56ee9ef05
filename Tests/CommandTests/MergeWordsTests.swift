import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What `merge` says, and whose rules it goes by.
@Suite("The words of merge")
struct MergeWordsTests {
    @Test("A branch that takes main's protection away lands on main all the same")
    func targetByMain() async throws {
        let playground = try await Playground()
        try await playground.done("env", "create", "work")
        let workspace = playground.workspace("work")
        let unprotected = Playground.configuration.replacing("    protected: true\n", with: "")
        try await playground.repository.commit(["headgate.yaml": unprotected], in: workspace)
        let merge = try await playground.headgate("merge", "work", in: workspace)
        #expect(merge.status == 1)
        #expect(merge.errorOutput.contains("closed: work does not land on main"))
        #expect(
            merge.errorOutput.contains(
                " mend: where that is meant: `headgate merge work --into main --acknowledge setting:environments --reason …`"
            ),
            "\(merge.errorOutput)")
        #expect(!merge.errorOutput.contains("mend it on work"))
        let status = try JSON(try await playground.headgate("status", "--json", in: workspace).output)
        #expect(status["gate"]["target"].text == "main")
    }

    @Test("Each cause has its own remedy, and a taint is told once")
    func remedies() async throws {
        let playground = try await Playground()
        _ = try await playground.branch("bad", ["note.txt": "3,cyd\n3,cyd\n"])
        var said = try await playground.headgate("merge", "bad").errorOutput
        #expect(said.contains(" mend: mend it on bad, commit, and try again\nmain has not moved\n"), "\(said)")
        let words = ["tests:", "row_count", "unique", "not_null"]
        let untested = Playground.configuration.split(separator: "\n").filter { line in
            !words.contains { line.contains($0) }
        }.joined(separator: "\n")
        _ = try await playground.branch("untested", ["headgate.yaml": untested])
        said = try await playground.headgate("merge", "untested").errorOutput
        #expect(said.contains(" mend: give a step or a source"), "\(said)")
        said = try await playground.headgate("merge", "untested", "--no-run").errorOutput
        #expect(said.contains(" mend: leave out `--no-run`"), "\(said)")
        let writing = Playground.configuration.replacing(
            "cat data/raw.csv", with: "echo x >> .gitignore && cat data/raw.csv")
        _ = try await playground.branch("writing", ["headgate.yaml": writing])
        said = try await playground.headgate("merge", "writing").errorOutput
        #expect(said.contains(" mend: let no step change what Git tracks"), "\(said)")
        #expect(said.split(separator: "\n").count { $0.contains("the run changed .gitignore") } == 1, "\(said)")
        #expect(!said.contains("mend it on"), "\(said)")
    }

    @Test("A hook of the user's that refuses is named, with what to do")
    func veto() async throws {
        let playground = try await Playground()
        _ = try await playground.branch("work", ["note.txt": "4,dan\n"])
        let hook = playground.path.appending(".git/hooks/reference-transaction")
        try FileSystem.replace(
            hook, withText: "#!/bin/sh\ngrep -q refs/heads/main && { echo 'not on Fridays' >&2; exit 1; }\nexit 0\n",
            mode: 0o755)
        let before = try await playground.git("rev-parse", "main")
        let merge = try await playground.headgate("merge", "work")
        #expect(merge.status == 1)
        #expect(merge.errorOutput.contains("not on Fridays"))
        #expect(merge.errorOutput.contains(" mend: do what the hook asks for"), "\(merge.errorOutput)")
        #expect(try await playground.git("rev-parse", "main") == before)
        #expect(try await playground.git("status", "--porcelain") == "")
    }
}
