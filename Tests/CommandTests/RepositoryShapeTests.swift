import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Repositories with submodules, filters such as Git LFS, sparse checkouts, and worktrees of the user's own.
@Suite("Shapes of repositories")
struct RepositoryShapeTests {
    private static let configuration = """
        version: 1
        project: small
        environments: [{match: main, protected: true}, {match: "*", from: main}]
        sources: {raw: {path: data/raw.csv, tests: [{row_count: {min: 1}}]}}
        steps: {a: {run: "mkdir -p out && cat data/raw.csv lib/s.txt > out/a", inputs: [data/raw.csv, lib/s.txt], outputs: [out/a]}}

        """

    @Test("Submodules stand in new workspaces and in merge results, without their remote; changes in them are kept")
    func submodules() async throws {
        let library = try await TemporaryRepository(name: "library")
        try await library.commit(["s.txt": "shared\n"])
        let playground = try await Playground(Self.configuration)
        try await playground.git("submodule", "--quiet", "add", library.path.string, "lib")
        try await playground.git("commit", "--quiet", "--message", "Add lib")
        let address = try await playground.git("config", "submodule.lib.url")
        try FileSystem.rename(library.path, to: library.directory.path("gone"), replacing: false)
        try await playground.done("switch", "-c", "work")
        let workspace = playground.workspace("work")
        #expect(try FileSystem.readText(workspace.pushing("lib/s.txt")) == "shared\n")
        #expect(try await playground.git("status", "--porcelain", in: workspace).isEmpty)
        #expect(try await playground.git("-C", "lib", "config", "remote.origin.url", in: workspace) == address)
        #expect(try await playground.git("config", "submodule.lib.url") == address)
        try await playground.done("run", "--env", "work")
        try await playground.repository.commit(["note.txt": "x\n"], in: workspace)
        for _ in 0..<2 {
            let judged = try await playground.headgate("merge", "work", "--dry-run")
            #expect(judged.status == 0, "\(judged.errorOutput)")
        }
        try playground.repository.write("lib/s.txt", "mine\n", in: workspace)
        let refused = try await playground.headgate("env", "remove", "work")
        #expect(refused.status == 1, "\(refused.errorOutput)")
        try await playground.done("env", "remove", "--force", "work")
        try await playground.done("env", "undelete", "work")
        #expect(try FileSystem.readText(workspace.pushing("lib/s.txt")) == "mine\n")
        #expect(try await playground.git("-C", "lib", "status", "--porcelain", in: workspace) == " M s.txt")
    }

    @Test("Submodules of submodules are there as well; one of which there is no copy is told")
    func nestedSubmodules() async throws {
        let inner = try await TemporaryRepository(name: "inner")
        try await inner.commit(["s.txt": "inner\n"])
        let library = try await TemporaryRepository(name: "library")
        try await library.git(["submodule", "--quiet", "add", inner.path.string, "deep/inner"])
        try await library.git(["submodule", "--quiet", "add", inner.path.string, "other"])
        try await library.git(["commit", "--quiet", "--message", "Add inner"])
        let playground = try await Playground(
            Self.configuration.replacing("lib/s.txt", with: "lib/deep/inner/s.txt"))
        try await playground.git("submodule", "--quiet", "add", library.path.string, "lib")
        try await playground.git("submodule", "--quiet", "update", "--init", "--recursive")
        try await playground.git("commit", "--quiet", "--message", "Add lib")
        try FileSystem.removeTree(
            playground.path.pushing(".git/modules/lib/modules/other"), within: playground.path)
        try FileSystem.rename(inner.path, to: inner.directory.path("gone"), replacing: false)
        let created = try await playground.headgate("switch", "-c", "work")
        #expect(created.status == 0, "\(created.errorOutput)")
        #expect(
            created.errorOutput.contains(
                "the submodule lib/other is empty: the repository has no copy of it yet; run `git submodule update --init"
            ),
            "\(created.errorOutput)")
        let workspace = playground.workspace("work")
        #expect(try FileSystem.readText(workspace.pushing("lib/deep/inner/s.txt")) == "inner\n")
        #expect(try FileSystem.list(workspace.pushing("lib/other")).isEmpty)
        #expect(
            try await playground.git("-C", "lib/deep/inner", "config", "remote.origin.url", in: workspace)
                == inner.path.string)
        try await playground.done("run", "--env", "work")
        try await playground.repository.commit(["note.txt": "x\n"], in: workspace)
        for _ in 0..<2 {
            let judged = try await playground.headgate("merge", "work", "--dry-run")
            #expect(judged.status == 0, "\(judged.errorOutput)")
        }
        try playground.repository.write("lib/deep/inner/s.txt", "mine\n", in: workspace)
        let refused = try await playground.headgate("env", "remove", "work")
        #expect(refused.status == 1, "\(refused.errorOutput)")
        try await playground.done("env", "remove", "--force", "work")
        try await playground.done("env", "undelete", "work")
        #expect(try FileSystem.readText(workspace.pushing("lib/deep/inner/s.txt")) == "mine\n")
        #expect(try await playground.git("-C", "lib/deep/inner", "status", "--porcelain", in: workspace) == " M s.txt")
    }

    @Test("A submodule of which there is no copy is told, and the environment is made")
    func missingSubmodule() async throws {
        let library = try await TemporaryRepository(name: "library")
        let playground = try await Playground()
        try await playground.git("submodule", "--quiet", "add", library.path.string, "lib")
        try await playground.git("commit", "--quiet", "--message", "Add lib")
        try FileSystem.removeTree(playground.path.pushing(".git/modules"), within: playground.path)
        let created = try await playground.headgate("switch", "-c", "work")
        #expect(created.status == 0)
        #expect(
            created.errorOutput.contains(
                "the submodule lib is empty: the repository has no copy of it yet; run `git submodule update --init"),
            "\(created.errorOutput)")
    }

    @Test("Files of a filter such as Git LFS hold their content in workspaces and merge results")
    func filter() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing("cat data/raw.csv note.txt", with: "cat data/raw.csv"))
        let candidate = playground.workspace(".candidates").pushing("main/1/note.txt")
        func land(_ name: String, _ files: [String: String]) async throws -> String {
            try await playground.branch(name, files)
            let merge = try await playground.headgate("merge", name)
            #expect(merge.status == 0, "\(merge.errorOutput)")
            return try FileSystem.readText(candidate)
        }
        #expect(try await land("one", ["a": "1"]) == "3,cyd\n")
        try await playground.git("config", "core.autocrlf", "true")
        #expect(try await land("two", ["a": "2"]) == "3,cyd\r\n")
        try await playground.git("config", "--unset", "core.autocrlf")
        #expect(try await land("three", ["a": "3"]) == "3,cyd\n")
        #expect(try await land("four", [".gitattributes": "*.txt text eol=crlf\n"]) == "3,cyd\r\n")
        for name in ["smudge", "clean"] { try await playground.git("config", "filter.loud.\(name)", "cat") }
        #expect(try await land("five", [".gitattributes": "*.txt filter=loud\n"]) == "3,cyd\n")
        try await playground.git("config", "filter.loud.smudge", "tr a-z A-Z")
        try await playground.git("config", "filter.loud.clean", "tr A-Z a-z")
        #expect(try await land("six", ["a": "6"]) == "3,CYD\n")
    }

    @Test("A worktree that the user made has an environment of its own, and is never removed")
    func ownWorktree() async throws {
        let playground = try await Playground()
        let mine = playground.repository.directory.path("mine")
        try await playground.git("worktree", "add", "--quiet", "-b", "work", mine.string)
        try await playground.done("run", in: mine)
        #expect(try FileSystem.readText(mine.pushing("out/all.csv")).contains("ann"))
        let refused = try await playground.headgate("env", "remove", "--force", "work")
        #expect(refused.status == 1)
        #expect(refused.errorOutput.contains("is a worktree that you made"), "\(refused.errorOutput)")
        #expect(FileSystem.exists(mine))
        #expect(try await playground.done("switch", "work") == mine.string + "\n")
        #expect(try await playground.headgate("doctor").status == 0)
    }
}
