import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What `run` can be told beside what to run, and what looks after its traces.
@Suite("Flags of run, log -f and the cache")
struct RunFlagsTests {
    private static let configuration = """
        version: 1
        project: small
        environments:
          - match: "*"
        steps:
          read:
            run: cat note.txt secret.txt data/raw.csv > out/a; echo own > own.tmp; cat own.tmp > /dev/null
            inputs: [note.txt]
            outputs: [out/a]
          clean: {run: cp note.txt out/b, inputs: [note.txt], outputs: [out/b]}

        """

    private func playground() async throws -> Playground {
        try await Playground(Self.configuration, files: ["secret.txt": "s\n", ".gitignore": "data/\nout/\n*.tmp\n"])
    }

    private func steps(_ text: String) throws -> [String: JSON] {
        Dictionary(try JSON(text)["steps"].items.map { ($0["id"].text ?? "", $0) }) { $1 }
    }

    @Test("--trace names the files that a step opened without declaring them, and not those that it made itself")
    func trace() async throws {
        let playground = try await playground()
        try await playground.done("run")
        let traced = try await playground.headgate("run", "--trace", "--json")
        #expect(traced.status == 0, "\(traced.errorOutput)")
        let steps = try steps(traced.output)
        #expect(steps["read"]?["undeclared"].texts == ["data/raw.csv", "secret.txt"])
        #expect(steps["clean"]?["undeclared"].items.isEmpty == true && steps["clean"]?["state"].text == "ran")
        let shown = try await playground.headgate("run", "read", "--trace")
        #expect(
            shown.errorOutput.contains(
                "    opened 2 files without declaring them; add to `inputs` of the step:\n      - data/raw.csv\n      - secret.txt\n"
            ),
            "\(shown.errorOutput)")
        let plain = try await playground.headgate("run", "--force", "--json")
        #expect(try self.steps(plain.output)["read"]?["undeclared"] == .null, "nothing was traced")

        let programs = try playground.repository.directory.makeDirectory("programs")
        for name in ["bash", "bwrap", "cat", "git"] {
            guard let program = CommandRunner.locate(name, variables: playground.program.variables) else { continue }
            try FileSystem.symbolicLink(at: programs.appending(name), to: program)
        }
        let without = try await playground.headgate("run", "--trace", variables: ["PATH": programs.string])
        #expect(without.status == 1)
        #expect(without.errorOutput.contains("`--trace` needs the program strace"), "\(without.errorOutput)")
    }

    @Test("--hermetic shows a step nothing but its inputs")
    func hermetic() async throws {
        let playground = try await playground()
        try await playground.done("run")
        let run = try await playground.headgate("run", "--hermetic", "--json")
        #expect(run.status == 1)
        let steps = try steps(run.output)
        #expect(steps["read"]?["state"].text == "failed" && steps["clean"]?["state"].text == "ran", "\(run.output)")
        #expect(steps["read"]?["message"].text?.contains("exit status") == true)
        #expect(run.errorOutput.contains("`headgate run --trace read` lists what it opens"), "\(run.errorOutput)")
        #expect(try await playground.headgate("run").status == 0)
    }

    @Test("--events writes what happens as JSON lines, and says when it cannot")
    func events() async throws {
        let playground = try await playground()
        let run = try await playground.headgate("run", "--events", "events.jsonl", "--progress", "quiet")
        #expect(run.status == 0, "\(run.errorOutput)")
        let lines = try FileSystem.readText(playground.path.appending("events.jsonl")).split(separator: "\n")
            .map { try JSON(String($0)) }
        #expect(lines.allSatisfy { $0["schema"].text == "headgate.event/1" && $0["time"].text != nil })
        let kinds = lines.compactMap { $0["event"].text }
        #expect(kinds.first == "planned" && kinds.last == "ended")
        #expect(kinds.count { $0 == "started" } == 2 && kinds.count { $0 == "finished" } == 2)
        #expect(lines.first?["steps"].number == 2 && lines.last?["outcome"].text == "passed")
        #expect(Set(lines.compactMap { $0["step"]["id"].text }) == ["read", "clean"])
        let shown = try await playground.headgate("run", "--progress", "json", "--force")
        #expect(try shown.errorOutput.split(separator: "\n").allSatisfy { try JSON(String($0))["event"].text != nil })

        let nowhere = try await playground.headgate("run", "--events", "nowhere/events")
        #expect(nowhere.status == 74)
        #expect(nowhere.errorOutput.contains("the events could not be written to"), "\(nowhere.errorOutput)")
        let full = try await playground.headgate("run", "--events", "/dev/full")
        #expect(full.status == 74, "the run itself is not disturbed: \(full.errorOutput)")
    }

    @Test("log -f prints what a running step writes as it comes, until the run is over")
    func follow() async throws {
        let playground = try await Playground(
            """
            version: 1
            project: small
            steps:
              slow: {run: "echo begun; while [ ! -e go.tmp ]; do sleep 0.05; done; echo done"}

            """, files: [".gitignore": "data/\n*.tmp\n"])
        async let run = playground.headgate("run")
        let folder = playground.path.appending(".git/headgate/logs")
        while (try? FileSystem.list(folder).isEmpty) != false { try await Task.sleep(for: .milliseconds(20)) }
        // Ends by itself only once the step does, which waits for the file.
        let script = #""$1" log -f latest slow | { read -r line; echo "got $line"; touch go.tmp; cat; }"#
        let followed = try await CommandRunner().run(
            Invocation(
                "bash", ["-c", script, "bash", playground.program.executable.string],
                variables: playground.program.variables,
                directory: playground.path, timeLimit: TimeSpan(seconds: 50)))
        #expect(followed.outputText == "got begun\ndone\n", "\(followed.errorText)")
        #expect(try await run.status == 0)
        #expect(try await playground.done("log", "latest", "slow") == "begun\ndone\n")
        #expect(try await playground.headgate("log", "-f", "none", "slow").status == 1)
    }

    @Test("cache says how large it is; prune forgets what no environment has in place, and it is computed again")
    func cache() async throws {
        let playground = try await playground()
        try await playground.done("run")
        try playground.repository.write("note.txt", "another\n")
        try await playground.done("run")
        let before = try JSON(await playground.done("cache", "--json"))
        #expect(before["schema"].text == "headgate.cache/1" && before["results"].number == 4)
        #expect((before["bytes"].number ?? 0) > 0)
        #expect(try await playground.done("cache").hasPrefix("4 results, "))
        let pruned = try JSON(await playground.done("cache", "prune", "--limit", "0B", "--json"))
        #expect(pruned["results"].number == 2, "what is in place is kept")
        #expect((pruned["freed"].number ?? 0) > 0)
        #expect(try await playground.headgate("plan").status == 0)
        try playground.repository.write("note.txt", "3,cyd\n")
        let run = try await playground.headgate("run", "--json")
        #expect(try steps(run.output)["clean"]?["state"].text == "ran", "it was forgotten")
        let wrong = try await playground.headgate("cache", "prune", "--limit", "much")
        #expect(wrong.status == 64)
    }

    @Test("A cache that outgrew its limit is pruned by the run that did it")
    func eviction() async throws {
        let configuration = """
            version: 1
            project: small
            store: {cache: 300kB}
            steps:
              big: {run: head -c 200000 /dev/zero > out/big; cat note.txt >> out/big, inputs: [note.txt], outputs: [out/big]}

            """
        let playground = try await Playground(configuration)
        for number in 0..<4 {
            try playground.repository.write("note.txt", "\(number)\n")
            try await playground.done("run")
        }
        #expect(try JSON(await playground.done("cache", "--json"))["results"].number ?? 9 < 3)
    }
}
