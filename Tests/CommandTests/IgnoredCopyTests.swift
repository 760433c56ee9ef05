import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// A new workspace gets copies of the ignored files that are named, and of nothing else.
@Suite("copy_ignored and .worktreeinclude")
struct IgnoredCopyTests {
    private func playground(_ addition: String, files: [String: String] = [:]) async throws -> Playground {
        let ignored = "data/\nout/\n.env*\nlocal/\nnode_modules/\n.venv/\n"
        let playground = try await Playground(
            Playground.configuration + addition, files: files.merging([".gitignore": ignored]) { $1 })
        for (name, text) in [
            ".env.local": "TOKEN=1", ".env.other": "x", "local/a/b.txt": "deep", "local/c.txt": "c",
            "node_modules/x/y.js": "y",
            "untracked.txt": "mine",
        ] { try playground.repository.write(name, text) }
        return playground
    }

    private func ignored(_ playground: Playground, _ workspace: String) async throws -> [String] {
        let names = try await playground.git(
            "ls-files", "--others", "--ignored", "--exclude-standard", in: playground.workspace(workspace))
        return names.split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix(".headgate") && !$0.hasPrefix("data")
        }
    }

    @Test("What is named and ignored is copied, once; changes stay apart")
    func copied() async throws {
        let playground = try await playground(
            "copy_ignored: [.env.local, local/a, untracked.txt, note.txt, data]\n",
            files: [".worktreeinclude": "# also these\nnode_modules/\n*.txt\n!c.txt\n"])
        try await playground.done("switch", "-c", "work")
        #expect(try await ignored(playground, "work") == [".env.local", "local/a/b.txt", "node_modules/x/y.js"])
        let workspace = playground.workspace("work")
        #expect(!FileSystem.exists(workspace.appending("untracked.txt")), "it is not ignored, but forgotten")
        #expect(try await playground.git("status", "--porcelain", in: workspace).isEmpty)
        try FileSystem.replace(workspace.appending(".env.local"), withText: "TOKEN=2")
        #expect(try FileSystem.readText(playground.path.appending(".env.local")) == "TOKEN=1")
    }

    @Test("A link of the branch leads no copy out, and a branch's own list does not count")
    func hostile() async throws {
        let playground = try await playground("copy_ignored: [local]\n")
        let outside = try playground.repository.directory.makeDirectory("outside")
        try await playground.repository.branch("evil", from: "main")
        try FileSystem.removeTree(playground.path.appending("local"), within: playground.path)
        try FileSystem.symbolicLink(at: playground.path.appending("local"), to: outside)
        try playground.repository.write(".worktreeinclude", ".env*\n")
        try await playground.git("add", "--force", "local", ".worktreeinclude")
        try await playground.git("commit", "--quiet", "--message", "x")
        try await playground.git("switch", "--quiet", "main")
        for name in ["local/a/b.txt", "local/c.txt"] { try playground.repository.write(name, "x") }
        try await playground.done("switch", "evil")
        #expect(try FileSystem.list(outside).isEmpty)
        #expect(try await ignored(playground, "evil").isEmpty)
    }

    @Test("A virtual environment is refused with the remedy, unless it may be moved; so is what is too large")
    func refused() async throws {
        let playground = try await playground("copy_ignored: [.venv]\n")
        try playground.repository.write(".venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.11\n")
        let refused = try await playground.headgate("switch", "-c", "work")
        #expect(
            refused.transcript(in: playground).hasPrefix(
                """
                error: `.venv` is not copied to the new workspace
                  why: it is a virtual environment, whose programs name the place that it was made for
                 mend: take it out of `copy_ignored`
                """), "\(refused.errorOutput)")
        #expect(refused.status == 78)
        #expect(!FileSystem.exists(playground.workspace("work")))
        #expect(try await playground.git("branch", "--list", "work").isEmpty)
        try playground.repository.write(".venv/pyvenv.cfg", "home = /usr/bin\nrelocatable = true\n")
        try await playground.done("switch", "-c", "work")
        #expect(try await ignored(playground, "work") == [".venv/pyvenv.cfg"])
        let large = try await self.playground("copy_ignored: [local]\nstore: {copy_limit: 3B}\n")
        let over = try await large.headgate("switch", "-c", "work")
        #expect(over.status == 78)
        #expect(
            over.errorOutput.contains("2 files, 5 B, are more than `store: copy_limit:` (3 B)"), "\(over.errorOutput)")
    }
}
