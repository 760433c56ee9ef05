import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Files that Git tracks and that are not, or not as they are, in the working tree: what and why is said.
@Suite("Files that Git left out")
struct LeftOutFileTests {
    @Test("An input that a sparse checkout leaves out, or that was deleted, is told from one that never was")
    func input() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing("note.txt", with: "notes/note.txt"), files: ["notes/note.txt": "3,cyd\n"]
        )
        try await playground.done("run")
        try await playground.git("sparse-checkout", "set", "--cone", "other")
        let sparse = try await playground.headgate("run")
        #expect(
            sparse.transcript(in: playground) == """
                error: `join` (headgate.yaml:15) reads `notes/note.txt`, which is not there
                  why: Git tracks it, and the sparse checkout leaves it out
                 mend: run `git sparse-checkout add notes`
                exit 78

                """)
        try await playground.git("sparse-checkout", "add", "notes")
        try await playground.done("run")
        try FileSystem.remove(playground.path.pushing("notes/note.txt"))
        let deleted = try await playground.headgate("run")
        #expect(
            deleted.errorOutput.hasSuffix(
                """
                  why: Git tracks it: it was deleted here
                 mend: run `git restore notes/note.txt`

                """), "\(deleted.errorOutput)")
        try await playground.git("restore", "notes/note.txt")
        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        try playground.repository.write("headgate.yaml", text.replacing("notes/note.txt", with: "notes/none.txt"))
        let none = try await playground.headgate("run")
        #expect(none.errorOutput.contains("which does not exist and which no step makes"), "\(none.errorOutput)")
    }

    @Test("A headgate.yaml that a sparse checkout leaves out is not to be made once more")
    func configuration() async throws {
        let playground = try await Playground(files: ["notes/note.txt": "3,cyd\n"])
        try await playground.git("sparse-checkout", "set", "--no-cone", "/notes/")
        let outcome = try await playground.headgate("status")
        #expect(outcome.status == 78)
        #expect(
            outcome.errorOutput.contains(
                """
                  why: its sparse checkout may leave the file out
                 mend: run `git sparse-checkout add headgate.yaml` if the branch has one
                """), "\(outcome.errorOutput)")
        try await playground.git("sparse-checkout", "add", "/headgate.yaml")
        try await playground.done("status")
    }

    @Test("A filter such as LFS that is not installed, or lacks an object, is told when a workspace is made")
    func filters() async throws {
        let playground = try await Playground(files: [".gitattributes": "note.txt filter=lfs\n"])
        let absent = try await playground.headgate("switch", "-c", "one")
        #expect(absent.status == 0)
        #expect(
            absent.errorOutput.contains(
                "`.gitattributes` names the filter `lfs`, which no Git configuration here defines: its files hold what is "
                    + "stored instead of their content (run `git lfs install`)\n"), "\(absent.errorOutput)")
        try await playground.git("config", "filter.lfs.smudge", "sh -c 'echo the object is missing >&2; exit 2'")
        try await playground.git("config", "filter.lfs.clean", "cat")
        let failed = try await playground.headgate("switch", "-c", "two")
        #expect(failed.status == 0)
        #expect(failed.errorOutput.contains("external filter 'sh -c"), "\(failed.errorOutput)")
        try await playground.git("config", "filter.lfs.required", "true")
        let required = try await playground.headgate("switch", "-c", "three")
        #expect(required.status == 74)
        #expect(
            required.errorOutput.contains(
                " mend: let the filter have what it needs, as with `git lfs fetch`, then try again\n"),
            "\(required.errorOutput)")
        #expect(try await playground.git("branch", "--list", "three").isEmpty)
    }

    @Test("A partial clone whose remote is away says so, and leaves nothing")
    func promisor() async throws {
        let playground = try await Playground()
        try await playground.branch("side", ["side.txt": "s\n"])
        try await playground.git("config", "uploadpack.allowFilter", "true")
        let clone = playground.repository.directory.path("clone")
        let address = "file://\(playground.path)"
        try await playground.git("clone", "--quiet", "--filter=blob:none", address, clone.string)
        try FileSystem.makeDirectories(clone.appending("data"))
        try FileSystem.replace(clone.pushing("data/raw.csv"), withText: "id,name\n")
        let away = playground.repository.directory.path("away")
        try FileSystem.rename(playground.path, to: away, replacing: false)
        let outcome = try await playground.headgate("switch", "side", in: clone)
        #expect(outcome.status == 74)
        #expect(
            outcome.errorOutput.contains(" mend: this clone is partial: make its remote reachable, then try again\n"),
            "\(outcome.errorOutput)")
        #expect(try await playground.git("branch", "--list", "side", in: clone).isEmpty)
        try FileSystem.rename(away, to: playground.path, replacing: false)
        try await playground.done("switch", "side", in: clone)
    }
}
