import HostSystem
import Model
import Pipelines
import SystemPackage
import Testing

@Suite("Interruptions and several runs at once", .serialized)
struct InterruptionTests {
    @Test("Cancelling ends commands, keeps what finished and says what did not", arguments: [false, true])
    func cancellation(sandboxed: Bool) async throws {
        let project = try await TestProject(sandboxed: sandboxed)
        let mark = "7\(project.directory.path.string.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xfffff })"
        let steps = [
            step("done", "echo 1 > done", outputs: ["done"]),
            step("long", "echo half > long; sleep \(mark) & sleep \(mark)", inputs: ["done"], outputs: ["long"]),
            step("never", "cat long", inputs: ["long"]),
        ]
        let log = EventLog()
        let task = Task { try await project.run(steps, events: log.add) }
        while !log.all.contains(where: { if case .stepStarted("long", _, _) = $0 { true } else { false } }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        // A busy machine takes its time to start them.
        let patience = ContinuousClock.now + .seconds(20)
        while try processes(running: "sleep\0\(mark)\0").count < 2, ContinuousClock.now < patience {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try processes(running: "sleep\0\(mark)\0").count == 2)
        task.cancel()
        let report = try await task.value
        #expect(report.summary == "done ran, long lost, never skipped")
        #expect(report.isInterrupted && !report.succeeded)
        #expect(!project.exists("long"))
        #expect(try processes(running: "sleep\0\(mark)\0").isEmpty)
        let next = try await project.plan(steps)
        #expect(next.map(\.action) == [.upToDate, .run, .run])
    }

    /// The processes with exactly these arguments, each with a zero behind it.
    private func processes(running arguments: String) throws -> [String] {
        try FileSystem.list("/proc").map(\.string).filter { name in
            // A process may end while it is looked at.
            Int(name) != nil && (try? FileSystem.readText(FilePath("/proc/\(name)/cmdline"))) == arguments
        }
    }

    @Test("Two runs that want one result make it once")
    func oneOfTwo() async throws {
        let one = try await TestProject()
        let two = try await TestProject(workspace: "other", sharing: one)
        let counter = one.directory.path("counter")
        let steps = [step("slow", "echo x >> \(counter); sleep 0.4; echo done > out", outputs: ["out"])]
        async let first = one.run(steps)
        async let second = two.run(steps)
        let summaries = try await [first.summary, second.summary]
        #expect(Set(summaries) == ["slow ran", "slow cached"])
        #expect(try FileSystem.readText(counter) == "x\n")
        #expect(try one.read("out") == two.read("out"))
    }

    @Test("A result that failed is tried by whoever waited")
    func failureOfTwo() async throws {
        let one = try await TestProject()
        let two = try await TestProject(workspace: "other", sharing: one)
        let counter = one.directory.path("counter")
        let steps = [step("slow", "echo x >> \(counter); sleep 0.2; false", outputs: ["out"])]
        async let first = one.run(steps)
        async let second = two.run(steps)
        #expect(try await [first.summary, second.summary] == ["slow failed", "slow failed"])
        #expect(try FileSystem.readText(counter) == "x\nx\n")
    }

    @Test("setup runs before all, again when its inputs change")
    func setup() async throws {
        let project = try await TestProject()
        try project.write("lock", "1")
        let steps = [step("use", "cp env/version out", outputs: ["out"])]
        let setup = Setup(run: "mkdir -p env; cp lock env/version", inputs: ["lock"], outputs: ["env"])
        func run(_ setup: Setup) async throws -> String {
            try await PipelineEngine(context: project.context(steps, setup: setup)).run(options: RunOptions(jobs: 1))
                .summary
        }
        #expect(try await run(setup) == "(setup) ran, use ran")
        #expect(try await run(setup) == "use up-to-date")
        try project.write("lock", "2")
        let engine = try PipelineEngine(context: project.context(steps, setup: setup))
        #expect(try await engine.plan().map(\.id) == ["(setup)", "use"])
        #expect(try await engine.plan().last?.reasons.map(\.part) == ["setup"])
        #expect(try await run(setup) == "(setup) ran, use ran")
        #expect(try project.read("out") == "2")
        #expect(try await run(Setup(run: "false", inputs: [], outputs: [])) == "(setup) failed, use skipped")
    }
}

@Suite("In the sandbox", .serialized)
struct SandboxedTests {
    @Test("A step reads the pinned data and writes only its workspace")
    func pins() async throws {
        let project = try await TestProject(sandboxed: true)
        guard project.sandbox != nil else { return }
        try project.directory.write("store/pin/a.csv", "pinned")
        try project.write("data/raw/a.csv", "live")
        try project.directory.write("home/.aws/credentials", "key")
        let source = SourceMount(name: "raw", path: "data/raw", realPath: project.directory.path("store/pin"))
        let steps = [
            step("read", "cp data/raw/a.csv out", inputs: ["data/raw/a.csv"], outputs: ["out"]),
            step("write", "echo x > data/raw/a.csv"),
            step(
                "net",
                "python3 -c 'import socket; socket.create_connection((\"1.1.1.1\", 80), 2)' || bash -c 'echo > /dev/tcp/1.1.1.1/80'"
            ),
            step("hidden", "cat \(project.directory.path("home/.aws/credentials"))"),
        ]
        let log = EventLog()
        let report = try await project.run(steps, sources: [source], events: log.add)
        #expect(report.summary == "read ran, write failed, net failed, hidden failed")
        #expect(report.isolation == .sandbox)
        #expect(try project.read("out") == "pinned")
        #expect(try project.read("data/raw/a.csv") == "live")
        #expect(try project.directory.read("store/pin/a.csv") == "pinned")
        func hint(_ id: String) -> String? {
            log.all.lazy.compactMap {
                if case .stepFinished(let result, _, let hint) = $0, result.id == id { hint } else { nil }
            }.first
        }
        #expect(hint("net")?.contains("sandbox: {network: true}") == true)
        #expect(
            hint("hidden")
                == "hidden could not read ~/.aws/credentials, which the sandbox hides; allow it with `sandbox.read`")
        // Live data that changes is no change of the pin; a result of weaker isolation is another one.
        try project.write("data/raw/a.csv", "newer")
        #expect(try await project.plan([steps[0]], sources: [source]).map(\.action) == [.upToDate])
        let open = try project.context([steps[0]], sources: [source]) { $0.sandbox = nil }
        #expect(try await PipelineEngine(context: open).plan()[0].reasons.map(\.part) == ["isolation"])
    }

    @Test("A hermetic step sees nothing but its declared inputs")
    func hermetic() async throws {
        let project = try await TestProject(sandboxed: true)
        guard project.sandbox != nil else { return }
        try project.write("declared/a.txt", "1")
        try project.write("secretly.txt", "2")
        try project.directory.write("store/pin/b.csv", "3")
        let source = SourceMount(name: "raw", path: "data/raw", realPath: project.directory.path("store/pin"))
        let good = step(
            "good", "mkdir -p deep; cat declared/a.txt data/raw/b.csv > deep/out; ls -A > seen",
            inputs: ["declared", "data/raw/*.csv"],
            outputs: ["deep/out", "seen"], isolation: .hermetic)
        let bad = step("bad", "cat secretly.txt > out", inputs: ["declared"], outputs: ["out"], isolation: .hermetic)
        let absolute = step(
            "absolute", "cat \(project.workspace)/secretly.txt", inputs: ["declared"], isolation: .hermetic)
        let report = try await project.run([good, bad, absolute], sources: [source])
        #expect(report.summary == "good ran, bad failed, absolute failed")
        #expect(try project.read("deep/out") == "13")
        #expect(try project.read("seen") == "data\ndeclared\ndeep\nseen\n")
        #expect(try await project.run([good], sources: [source]).summary == "good up-to-date")
    }
}
