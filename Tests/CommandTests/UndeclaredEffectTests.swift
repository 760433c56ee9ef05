import HostSystem
import SystemPackage
import TestSupport
import Testing

@Suite("What steps do besides making their outputs")
struct UndeclaredEffectTests {
    @Test("A step that reads a writable source sees what the steps before it did there, and its key says so")
    func changedWritableSource() async throws {
        let playground = try await Playground(
            files: [
                "a": "1\n", ".gitignore": "/o*\n/data/\n",
                "headgate.yaml": """
                version: 1
                sources: {w: {path: data/w, writable: true}}
                steps:
                  grow: {run: "echo 2 >> data/w/x; echo ok > o1", inputs: [a], outputs: [o1]}
                  read: {run: "cat data/w/x > o2", inputs: [data/w, o1], outputs: [o2]}

                """,
            ])
        try playground.repository.write("data/w/x", "1\n")
        try await playground.done("run")
        #expect(try FileSystem.readText(playground.path.appending("o2")) == "1\n2\n")
        #expect(try await playground.headgate("plan").status == 0)
        try await playground.done("run", "--force")
        #expect(try FileSystem.readText(playground.path.appending("o2")) == "1\n2\n2\n")
        #expect(try FileSystem.readText(playground.path.appending("data/w/x")) == "1\n")
    }

    @Test("What a step without a sandbox starts in a session of its own ends with the run")
    func ownSession() async throws {
        let mark = "4\(UInt32.random(in: 100_000...999_999))"
        let playground = try await Playground(
            files: [
                ".gitignore": "/o\n",
                "headgate.yaml": """
                version: 1
                steps:
                  leave:
                    run: (setsid sleep \(mark) >/dev/null 2>&1 &); echo 1 > o
                    outputs: [o]
                    isolation: process

                """,
            ])
        try await playground.done("run")
        let left = try FileSystem.list("/proc").filter { name in
            // A process may end while it is looked at.
            let line = try? FileSystem.readText(FilePath("/proc").appending(name).appending("cmdline"))
            return Int(name.string) != nil && line == "sleep\0\(mark)\0"
        }
        #expect(left.isEmpty)
    }
}
