import HostSystem
import Model
import Pipelines
import SystemPackage
import Testing

@Suite("Running a pipeline", .serialized)
struct RunTests {
    private let chain = [
        step("clean", "sort raw.csv > data/clean.csv", inputs: ["raw.csv"], outputs: ["data/clean.csv"]),
        step("count", "wc -l < data/clean.csv > count.txt", inputs: ["data/clean.csv"], outputs: ["count.txt"]),
    ]

    @Test("Runs once, then is up to date, then runs what changed")
    func basics() async throws {
        let project = try await TestProject()
        try project.write("raw.csv", "b\na\n")
        #expect(try await project.plan(chain).map(\.action) == [.run, .run])
        let first = try await project.run(chain)
        #expect(first.summary == "clean ran, count ran")
        #expect(first.succeeded)
        #expect(try project.read("data/clean.csv") == "a\nb\n")
        #expect(try await project.run(chain).summary == "clean up-to-date, count up-to-date")
        #expect(try await project.plan(chain).allSatisfy { $0.action == .upToDate && $0.reasons.isEmpty })

        try project.write("raw.csv", "b\na\nc\n")
        let plan = try await project.plan(chain)
        #expect(plan.map(\.action) == [.run, .run])
        #expect(plan[0].reasons.map(\.part) == ["input:raw.csv"])
        #expect(plan[0].reasons[0].old != nil && plan[0].reasons[0].new != nil)
        #expect(plan[1].reasons.map(\.part) == ["input:data/clean.csv"])
        #expect(plan[1].reasons[0].new == nil)
        #expect(try await project.run(chain).summary == "clean ran, count ran")
        #expect(try project.read("count.txt") == "3\n")
    }

    @Test("Identical outputs stop the change")
    func earlyCutOff() async throws {
        let project = try await TestProject()
        try project.write("raw.csv", "b\na\n")
        _ = try await project.run(chain)
        try project.write("raw.csv", "a\nb\n")
        #expect(try await project.run(chain).summary == "clean ran, count up-to-date")
    }

    @Test("What was made before, by any workspace, is put in place without running")
    func sharedCache() async throws {
        let one = try await TestProject()
        try one.write("raw.csv", "b\na\n")
        _ = try await one.run(chain)
        let two = try await TestProject(workspace: "other", sharing: one)
        try two.write("raw.csv", "b\na\n")
        #expect(try await two.plan(chain).map(\.action) == [.cached, .cached])
        #expect(!two.exists("data"))
        let report = try await two.run(chain)
        #expect(report.summary == "clean cached, count cached")
        #expect(try two.read("count.txt") == "2\n")
        // A step's result is its own copy: writing to it leaves the cache whole.
        try two.write("data/clean.csv", "damaged")
        let again = try await two.run(chain)
        #expect(again.summary == "clean cached, count up-to-date")
        #expect(try two.read("data/clean.csv") == "a\nb\n")
        #expect(again.setAside.map(\.path) == ["data/clean.csv"])
        #expect(try FileSystem.readText(#require(again.setAside.first).movedTo) == "damaged")
    }

    @Test("Going back to an earlier input takes the earlier result")
    func goingBack() async throws {
        let project = try await TestProject()
        for text in ["b\na\n", "c\n"] {
            try project.write("raw.csv", text)
            #expect(try await project.run(chain).summary == "clean ran, count ran")
        }
        try project.write("raw.csv", "b\na\n")
        #expect(try await project.run(chain).summary == "clean cached, count cached")
    }

    @Test("A damaged entry of the cache is found, dropped and rebuilt", arguments: [100, 300_000])
    func damagedCache(size: Int) async throws {
        let project = try await TestProject()
        let steps = [step("make", "head -c \(size) /dev/zero > out.bin", outputs: ["out.bin"])]
        _ = try await project.run(steps)
        let file = try #require(
            TreeWalk.list(project.cache).first {
                $0.status.kind == .file && $0.path.components.count == 2 && $0.path.components.first?.string.count == 2
            })
        let content = project.cache.pushing(file.path)
        try FileSystem.setMode(content, 0o644)
        try FileSystem.replace(content, with: [UInt8](repeating: 1, count: size))
        try FileSystem.remove(project.workspace.appending("out.bin"))
        #expect(try await project.run(steps).summary == "make ran")
        #expect(try FileSystem.readBytes(project.workspace.appending("out.bin")) == [UInt8](repeating: 0, count: size))
        try FileSystem.remove(project.workspace.appending("out.bin"))
        #expect(try await project.run(steps).summary == "make cached")
    }

    @Test("A failure stops what depends on it, and nothing else")
    func failure() async throws {
        let project = try await TestProject()
        let steps = [
            step("bad", "echo half > bad.txt; for i in $(seq 30); do echo line $i; done; exit 7", outputs: ["bad.txt"]),
            step("after", "cp bad.txt after.txt", inputs: ["bad.txt"], outputs: ["after.txt"]),
            step("last", "cp after.txt last.txt", inputs: ["after.txt"], outputs: ["last.txt"]),
            step("other", "echo fine > other.txt", outputs: ["other.txt"]),
        ]
        let log = EventLog()
        let report = try await project.run(steps, events: log.add)
        #expect(report.summary == "bad failed, after skipped, last skipped, other ran")
        #expect(!report.succeeded)
        #expect(report.steps[0].exit == 7)
        #expect(report.steps[1].message == "`bad` failed")
        #expect(!project.exists("bad.txt"))
        let aside = project.directory.path("state/logs/ws-run-1/failed/bad/bad.txt")
        #expect(try FileSystem.readText(aside) == "half\n")
        let tails = log.all.compactMap {
            if case .stepFinished(let result, let tail, _) = $0, result.id == "bad" { tail } else { nil }
        }
        #expect(tails == [(11...30).map { "line \($0)" }])
        // Only what failed or was skipped is tried again.
        #expect(try await project.run(steps).summary == "bad failed, after skipped, last skipped, other up-to-date")
        let fast = try await project.run(
            [steps[0]] + (0..<5).map { step("x\($0)", "sleep 0.2") }, options: RunOptions(jobs: 1, failFast: true))
        #expect(fast.steps.filter { $0.state == .skipped }.count >= 4)
    }

    @Test("A step cannot pass with outputs it did not make")
    func oldOutputs() async throws {
        let project = try await TestProject()
        try project.write("out/model.bin", "mine")
        let report = try await project.run([step("lazy", "true", outputs: ["out/model.bin"])])
        #expect(report.summary == "lazy failed")
        #expect(report.steps[0].message == "it did not make its output `out/model.bin`")
        #expect(try FileSystem.readText(#require(report.setAside.first).movedTo) == "mine")
    }

    @Test(
        "A missing input that no step makes is an error that names the line",
        arguments: ["gone.csv", "gone/*.csv", "data/**"])
    func missingInput(_ input: String) async throws {
        let project = try await TestProject()
        let steps = [step("a", "true", inputs: [input], line: 12)]
        await #expect(throws: PipelineError.missingInput(input, .init(steps[0]))) { try await project.run(steps) }
        await #expect(throws: PipelineError.missingInput(input, .init(steps[0]))) { try await project.plan(steps) }
    }

    @Test("Steps without outputs are up to date where they succeeded")
    func noOutputs() async throws {
        let one = try await TestProject()
        try one.write("x", "1")
        let steps = [step("check", "grep -q 1 x", inputs: ["x"])]
        #expect(try await one.run(steps).summary == "check ran")
        #expect(try await one.run(steps).summary == "check up-to-date")
        let two = try await TestProject(workspace: "other", sharing: one)
        try two.write("x", "1")
        #expect(try await two.run(steps).summary == "check ran")
    }

    @Test("Steps without inputs depend on all tracked files and all sources")
    func noInputs() async throws {
        let project = try await TestProject()
        try project.write("lib.py", "1")
        let pinned = try project.directory.makeDirectory("pin")
        try project.directory.write("pin/a.csv", "1")
        let steps = [step("all", "cat lib.py > out", inputs: nil, outputs: ["out"])]
        func run(_ mark: String) async throws -> String {
            let pin = Pin(
                source: "raw", kind: .copy, id: "raw/1", fingerprint: ContentHash(of: mark), location: "/x",
                isSingleFile: false, files: 1, bytes: 1, pinnedAt: Timestamp(seconds: 1))
            let source = SourceMount(name: "raw", path: "raw", realPath: pinned, pin: pin)
            return try await project.run(
                steps, sources: [source],
                adjust: { $0.trackedFiles = { ["lib.py", "out"] } }
            ).summary
        }
        #expect(try await run("1") == "all ran")
        #expect(try await run("1") == "all up-to-date")
        #expect(try await run("2") == "all ran")
        try project.write("lib.py", "2")
        #expect(try await run("2") == "all ran")
        #expect(try await run("2") == "all up-to-date")
    }

    @Test("Forced steps run, and so do those after --from")
    func forcing() async throws {
        let project = try await TestProject()
        try project.write("raw.csv", "a\n")
        _ = try await project.run(chain)
        #expect(
            try await project.run(chain, options: RunOptions(jobs: 1, force: .steps(["clean"]))).summary
                == "clean ran, count up-to-date")
        #expect(
            try await project.run(chain, options: RunOptions(jobs: 1, force: .all)).summary == "clean ran, count ran")
        #expect(
            try await project.run(chain, options: RunOptions(jobs: 1, from: ["count"])).summary
                == "clean up-to-date, count ran")
        let context = try project.context(chain)
        let plan = try await PipelineEngine(context: context).plan(
            options: RunOptions(jobs: 1, force: .steps(["clean"])))
        #expect(plan.map { $0.reasons.map(\.part) } == [["forced"], ["input:data/clean.csv"]])
    }

    @Test("Retries are counted, and time limits kept")
    func retriesAndTimeouts() async throws {
        let project = try await TestProject()
        let flaky = step(
            "flaky", "echo x >> tries; test $(wc -l < tries) -ge 3; touch done", outputs: ["done"], retries: 4)
        let report = try await project.run([flaky, step("slow", "sleep 30", timeout: TimeSpan(seconds: 0.3))])
        #expect(report.summary == "flaky ran, slow failed")
        #expect(report.steps[0].attempts == 3)
        #expect(report.steps[1].message == "not done after 0.3s")
        #expect(report.steps[1].seconds < 10)
    }

    @Test("A mutex bounds how many run at once")
    func mutex() async throws {
        let project = try await TestProject()
        let steps = (0..<4).map { step("m\($0)", "mkdir lock; sleep 0.05; rmdir lock", mutex: "db") }
        #expect(try await project.run(steps, options: RunOptions(jobs: 4)).succeeded)
    }

    @Test("A failed data test of a source or an output skips what depends on it")
    func dataTests() async throws {
        let project = try await TestProject()
        let pinned = try project.directory.makeDirectory("pin")
        try project.directory.write("pin/a.csv", "1")
        let source = SourceMount(name: "raw", path: "raw", realPath: pinned)
        let test = DataTest(check: .rowCount(minimum: 1, maximum: nil, equals: nil))
        let steps = [
            step("use", "true", inputs: ["raw/a.csv"]),
            step("make", "echo 1 > out", outputs: ["out"], tests: [test]),
            step("after", "cat out", inputs: ["out"]),
        ]
        @Sendable func result(_ subject: TestSubject, _ outcome: TestOutcome) -> TestResult {
            TestResult(
                id: "\(subject)/row_count", subject: subject, check: .rowCount, severity: .error, outcome: outcome,
                message: "")
        }
        let bad = try await project.run(
            steps, sources: [source], adjust: { $0.tests = { subject, _ in [result(subject, .failed)] } })
        #expect(bad.summary == "use skipped, make ran, after skipped")
        #expect(bad.tests.count == 2)
        let good = try await project.run(
            steps, sources: [source],
            adjust: {
                $0.tests = { subject, data in
                    [result(subject, data.count == 1 && FileSystem.exists(data[0].location) ? .passed : .broken)]
                }
            })
        #expect(good.summary == "use ran, make up-to-date, after ran")
        #expect(good.succeeded)
    }

    @Test("A changed input of a candidate's helper refuses earlier results")
    func refusedCache() async throws {
        let project = try await TestProject()
        try project.write("raw.csv", "a\n")
        _ = try await project.run(chain)
        let context = try project.context(chain) {
            $0.mayUseCache = { $0.id == "clean" ? .refused(because: "util.py") : .allowed }
        }
        let engine = PipelineEngine(context: context)
        #expect(
            try await engine.plan().map { $0.reasons.map(\.part) } == [["input:util.py"], ["input:data/clean.csv"]])
        #expect(try await engine.run(options: RunOptions(jobs: 1)).summary == "clean ran, count up-to-date")
    }

    @Test("Adopted outputs are good for skipping, and taint")
    func adopt() async throws {
        let project = try await TestProject()
        try project.write("raw.csv", "b\n")
        try project.write("data/clean.csv", "by hand")
        let report = try await PipelineEngine(context: project.context(chain)).adopt(
            PipelineSelection(names: ["clean"]))
        #expect(report == AdoptReport(adopted: [.init(id: "clean", outputs: 1, bytes: ByteCount(7))]))
        let run = try await project.run(chain)
        #expect(run.summary == "clean up-to-date, count ran")
        #expect(run.taints.count == 1)
        // What a run did not make is never removed.
        try project.write("raw.csv", "c\n")
        let next = try await project.run(chain)
        #expect(next.summary == "clean ran, count ran")
        #expect(try FileSystem.readText(#require(next.setAside.first).movedTo) == "by hand")
    }

    @Test("why names the part that differs, and the file within a directory")
    func why() async throws {
        let project = try await TestProject()
        try project.write("src/a.py", "1")
        try project.write("src/b.py", "1")
        func steps(_ month: String) -> [ResolvedStep] {
            [
                step(
                    "s", "cat src/*.py > out", inputs: ["src"], outputs: ["out"],
                    values: ["params.month": month, "matrix.seed": "1"])
            ]
        }
        func why(_ month: String) async throws -> [KeyDifference] {
            try await PipelineEngine(context: project.context(steps(month))).plan()[0].reasons
        }
        #expect(try await why("1") == [KeyDifference(part: "never-ran")])
        _ = try await project.run(steps("1"))
        #expect(try await why("1").isEmpty)
        #expect(try await why("2") == [KeyDifference(part: "param:month", old: "1", new: "2")])
        try project.write("src/b.py", "2")
        try project.write("src/c.py", "1")
        #expect(try await why("1").map(\.part) == ["input:src/b.py", "input:src/c.py"])
        _ = try await project.run(steps("1"))
        try FileSystem.remove(project.workspace.appending("out"))
        let missing = try await why("1")
        #expect(missing.map(\.part) == ["output:out"])
        #expect(missing[0].new == nil)
    }
}
