import Model
import Persistence
import Testing

@Suite("Runs, steps and results")
struct RunTests {
    @Test("A run comes back as it was recorded, and as it was updated")
    func roundTrip() throws {
        let state = try TemporaryState()
        var run = try sampleRun("20260105-1")
        try state.store.insert(run, owner: thisProcess)
        run.steps = (0..<5).map(sampleStep)
        run.tests = [sampleTest("a"), sampleTest("b", outcome: .failed)]
        run.outcome = .failed
        run.finished = noon + TimeSpan(seconds: 2)
        run.taints = ["data/raw/a.csv changed"]
        run.fingerprint = ContentHash(of: "f")
        try state.store.update(run)
        #expect(try state.store.run(run.id) == run)
        #expect(try state.store.lastFinishedRun(of: run.branch) == run)
        run.steps = []
        run.tests[0].severity = .info
        try state.store.update(run)
        #expect(try state.store.run(run.id) == run)
        run.id = "x"
        #expect(throws: PersistenceError.noRun("x")) { try state.store.update(run) }
    }

    @Test("Runs are listed newest first, by branch, and forgotten oldest first")
    func lists() throws {
        let state = try TemporaryState()
        for number in 0..<6 {
            var run = try sampleRun("run-\(number)", branch: number.isMultiple(of: 2) ? "main" : "other")
            run.started = noon + TimeSpan(seconds: Double(number))
            run.outcome = number == 0 ? .running : .passed
            run.steps = [sampleStep(number)]
            try state.store.insert(run, owner: thisProcess)
        }
        #expect(try state.store.runs(limit: 2).map(\.id) == ["run-5", "run-4"])
        #expect(try state.store.runs(of: try branch("main")).map(\.id) == ["run-4", "run-2", "run-0"])
        #expect(Set(try state.store.forgetRuns(keeping: 1)) == ["run-1", "run-2", "run-3"])
        #expect(try state.store.runs().map(\.id) == ["run-5", "run-4", "run-0"])
    }

    @Test("Only a run whose process is gone is lost")
    func lost() throws {
        let state = try TemporaryState()
        let owner = try ProcessOwner.current()
        try state.store.insert(try sampleRun("alive"), owner: owner)
        try state.store.insert(
            try sampleRun("dead"), owner: ProcessOwner(process: owner.process, boot: owner.boot, start: 0))
        #expect(try state.store.markLostRuns(at: noon) == ["dead"])
        #expect(try state.store.run("dead")?.outcome == .lost)
        #expect(try state.store.unfinishedRuns().map(\.record.id) == ["alive"])
    }

    @Test("The memory of a thousand steps is saved and loaded quickly, each workspace for itself")
    func stepMemory() throws {
        let state = try TemporaryState()
        let steps = (0..<1000).map {
            StepMemory(
                step: "step[\($0)]", key: ContentHash(of: "k\($0)"), outputs: ContentHash(of: "o\($0)"), seconds: 1,
                finished: noon)
        }
        let parts = Dictionary(uniqueKeysWithValues: steps.map { ($0.step, ["command": "run", "param:x": "1"]) })
        let save = try milliseconds(best: 2) { try state.store.remember(steps, parts: parts, in: "one") }
        let load = try milliseconds { _ = try state.store.stepMemory(of: "one") }
        print("memory of 1,000 steps: saved in \(save) ms, loaded in \(load) ms")
        #expect(try state.store.stepMemory(of: "one")["step[7]"] == steps[7])
        #expect(try state.store.stepMemory(of: "two").isEmpty)
        #expect(
            try state.store.keyParts(of: ["step[7]", "none"], in: "one") == ["step[7]": parts["step[7]", default: [:]]])

        try state.store.forgetSteps(["step[7]"], in: "one")
        #expect(try state.store.stepMemory(of: "one").count == 999)
        try state.store.forgetSteps(in: "one")
        #expect(try state.store.stepMemory(of: "one").isEmpty)
        #expect(try state.store.keyParts(of: ["step[8]"], in: "one").isEmpty)
    }

    @Test("A thousand results of steps are recorded quickly")
    func manySteps() throws {
        let state = try TemporaryState()
        let steps = (0..<1000).map(sampleStep)
        var number = 0
        let time = try milliseconds(best: 3) {
            number += 1
            var run = try sampleRun("\(number)")
            try state.store.insert(run, owner: thisProcess)
            run.steps = steps
            try state.store.update(run)
        }
        print("results of 1,000 steps: recorded in \(time) ms")
        #expect(try state.store.run("1")?.steps == steps)
    }

    @Test("A cached result is shared, and its contents are freed with the last that names them")
    func cache() throws {
        let state = try TemporaryState()
        let (shared, own) = (ContentHash(of: "shared"), ContentHash(of: "own"))
        let outputs = [
            OutputEntry(path: "out/a.csv", hash: shared, mode: 0o644, size: 10),
            OutputEntry(path: "out/b.csv", hash: own, mode: 0o755, size: 5),
            OutputEntry(path: "out/latest", kind: .link, hash: nil, mode: 0o777, size: 0, linkTarget: "a.csv"),
        ]
        let first = CachedResult(
            key: ContentHash(of: "1"), outputs: outputs, seconds: 3, made: noon, run: "r", isolation: .sandbox,
            isHermetic: true)
        var second = first
        second.key = ContentHash(of: "2")
        second.outputs = [outputs[0]]
        second.isHermetic = false
        try state.store.insert([first, second])
        try state.store.insert([first])
        #expect(
            try state.store.cachedResults(for: [first.key, second.key, own]) == [first.key: first, second.key: second])
        try state.store.markUsed([first.key], at: noon + .hours(1))
        #expect(
            try state.store.cachedResultsByUse() == [
                CachedResultUse(key: second.key, bytes: 10, used: noon),
                CachedResultUse(key: first.key, bytes: 15, used: noon + .hours(1)),
            ])
        #expect(try state.store.namedContents() == [shared, own])
        #expect(try state.store.deleteCachedResults([first.key]) == [own])
        #expect(try state.store.deleteCachedResults([second.key]) == [shared])
        #expect(try state.store.namedContents().isEmpty)
    }

    @Test("Results of tests are reused by key; broken and skipped ones never")
    func testResults() throws {
        let state = try TemporaryState()
        let keys = (0..<4).map { ContentHash(of: "\($0)") }
        let passed = sampleTest("a", key: keys[0])
        let failed = sampleTest("b", outcome: .failed, key: keys[1])
        try state.store.insert(
            [
                passed, failed, sampleTest("c", outcome: .broken, key: keys[2]),
                sampleTest("d", outcome: .skipped, key: keys[3]), sampleTest("e"),
            ], at: noon)
        #expect(try state.store.testResults(for: keys) == [keys[0]: passed, keys[1]: failed])
        try state.store.deleteTestResults(before: noon + .days(1))
        #expect(try state.store.testResults(for: keys).isEmpty)
    }
}
