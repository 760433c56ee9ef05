import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Merges that stop before anything runs, and move nothing.
@Suite("Refused merges")
struct MergeRefusalTests {
    @Test("A conflicting merge names the paths and moves nothing")
    func conflict() async throws {
        let playground = try await Playground()
        try await playground.branch("other", ["note.txt": "4,dan\n", "both": "x\n"])
        try await playground.branch("this", ["note.txt": "5,eve\n"])
        try await playground.done("merge", "this")
        let tip = try await playground.repository.tip()
        let outcome = try await playground.headgate("merge", "other")
        #expect(
            outcome.transcript(in: playground) == """
                conflict: other and main change the same lines
                  note.txt
                 mend: merge main into other, resolve, commit, and try again
                exit 3

                """)
        let answered = try await playground.headgate("merge", "other", "--json")
        #expect(answered.status == 3)
        let document = try JSON(answered.output)
        #expect(document["conflicts"].texts == ["note.txt"])
        #expect(document["landed"].flag == false)
        #expect(try await playground.repository.tip() == tip)
        #expect(try await playground.git("status", "--porcelain").isEmpty)
    }

    @Test("A dirty target is refused before anything runs, and nothing in it is touched")
    func dirtyTarget() async throws {
        let playground = try await Playground()
        try await playground.branch("work", ["note.txt": "4,dan\n", "new.txt": "new\n"])
        let tip = try await playground.repository.tip()
        for (file, text) in [("note.txt", "3,cyd\nmine\n"), ("new.txt", "precious\n")] {
            try playground.repository.write(file, text)
            #expect(
                try await playground.refusal(["merge", "work"], 1) == """
                    error: `<folder>/project` has changes of its own that would be overwritten
                      why: \(file)
                     mend: commit or stash them (`git -C <folder>/project stash -u`), then try again

                    """)
            #expect(try FileSystem.readText(playground.path.appending(file)) == text)
            #expect(try await playground.repository.tip() == tip)
            try await playground.git("stash", "--quiet", "--include-untracked")
            try await playground.git("stash", "drop", "--quiet")
        }
        #expect(try await playground.done("runs").split(separator: "\n").count == 1, "nothing ran")
        try playground.repository.write("elsewhere.txt", "mine\n")
        try await playground.git("add", "elsewhere.txt")
        try await playground.done("merge", "work")
        #expect(try await playground.git("status", "--porcelain") == "A  elsewhere.txt")
    }
}
