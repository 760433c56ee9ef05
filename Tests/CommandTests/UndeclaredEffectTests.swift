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

    private static let growing = """
        version: 1
        project: small
        environments: [{match: main, protected: true}, {match: "*", from: main}]
        gate: {tests: optional}
        sources: {w: {path: data/w, writable: true}}
        steps:
          grow: {run: "echo 2 > data/w/y; echo ok > o1", inputs: [a], outputs: [o1]}
          read: {run: "cat data/w/* > o2", inputs: [data/w, o1], outputs: [o2]}

        """

    private func growing() async throws -> Playground {
        let playground = try await Playground(
            files: ["a": "1\n", "note": "1\n", ".gitignore": "/o*\n/data/\n", "headgate.yaml": Self.growing])
        try playground.repository.write("data/w/x", "1\n")
        try await playground.done("run")
        return playground
    }

    @Test(
        "What a step changed in a writable source is made in every environment, and not taken for made with its outputs"
    )
    func changedElsewhere() async throws {
        let playground = try await growing()
        // Also where the step finds its change made before.
        try await playground.done("run", "--force")
        try await playground.done("switch", "-c", "work")
        let run = try JSON(try await playground.done("run", "--env", "work", "--json"))["steps"]
        #expect(run[0]["state"].text == "ran", "\(run)")
        #expect(try FileSystem.readText(playground.workspace("work").appending("o2")) == "1\n2\n")
        #expect(try await playground.headgate("plan", "--env", "work").status == 0)
    }

    @Test("A step whose change went with the copy of the source runs again")
    func discarded() async throws {
        let playground = try await growing()
        #expect(try await playground.headgate("plan").status == 0)
        try await playground.done("env", "update", "--discard", "--yes")
        let plan = try await playground.headgate("plan")
        #expect(
            plan.status == 10 && plan.output.contains("source w changed: with the step's own change → without it"),
            "\(plan.output)")
        try await playground.done("run")
        #expect(try FileSystem.readText(playground.path.appending("o2")) == "1\n2\n")
    }

    @Test("The gate judges a merge by steps that changed the candidate's own copy")
    func candidate() async throws {
        let playground = try await growing()
        for number in 1...2 {
            let branch = "work\(number)"
            try await playground.done("switch", "-c", branch)
            let workspace = playground.workspace(branch)
            try playground.repository.write("note", "\(number)\(number)\n", in: workspace)
            try await playground.repository.git("commit", "--quiet", "-am", branch, in: workspace)
            try await playground.done("merge", branch)
            let candidate = playground.workspace(".candidates").pushing("main/1")
            #expect(try FileSystem.readText(candidate.appending("o2")) == "1\n2\n")
            #expect(try FileSystem.readText(candidate.pushing("data/w/y")) == "2\n")
        }
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
