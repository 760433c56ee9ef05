import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Many processes that create, update, remove, prune and land in one repository.
@Suite("Many at once")
struct ManyAtOnceTests {
    @Test("Eight processes on one repository corrupt nothing and do not wait for ever", .timeLimit(.minutes(10)))
    func eight() async throws {
        let plan = KillPlan.current
        print("many at once: \(plan.secondsAtOnce) s, HEADGATE_SEED=\(plan.seed)")
        let repository = try await TemporaryRepository(empty: true)
        let program = try ProgramUnderTest(variables: repository.variables)
        try repository.write("data/raw.csv", "id\n1\n")
        try await repository.commit(
            ["headgate.yaml": configuration, ".gitignore": "data/\nout/\n", "note.txt": "1\n"], message: "Begin")
        let end = SystemClock.monotonicNanoseconds() + plan.secondsAtOnce * 1_000_000_000
        let done = await withTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var random = SeededGenerator(seed: plan.seed &+ UInt64(worker))
                    var done = 0
                    while SystemClock.monotonicNanoseconds() < end {
                        let arguments = command(using: &random)
                        do {
                            let outcome = try await program.run(
                                arguments, in: repository.path, timeLimit: TimeSpan(seconds: 120))
                            if outcome.status == 0 { done += 1 }
                            // 75: somebody else is at work, try again.
                            if ![0, 1, 75].contains(outcome.status) {
                                Issue.record("\(arguments) ended with \(outcome.status): \(outcome.errorOutput)")
                            }
                        } catch {
                            Issue.record("\(arguments): \(error)")
                        }
                    }
                    return done
                }
            }
            return await group.reduce(0, +)
        }
        print("many at once: \(done) commands done")
        #expect(done > 8)
        let doctor = try await program.run(["doctor"], in: repository.path)
        #expect(doctor.status == 0, "\(doctor.output)\(doctor.errorOutput)")
        let fsck = try await repository.tryGit(["fsck", "--no-progress", "--no-dangling"])
        #expect(fsck.succeeded && fsck.errorText.isEmpty, "\(fsck.errorText)")
        #expect(try await !repository.git("worktree", "list", "--porcelain").contains("prunable"))
        let list = try await program.run(["env", "list"], in: repository.path).output
        #expect(!list.contains("creating") && !list.contains("removing"), "\(list)")
    }
}

private let configuration = """
    version: 1
    environments: [{match: main, protected: true}, {match: "*", from: main}]
    expire: {merged: 0s}
    gate: {tests: optional}
    sources: {raw: {path: data/raw.csv}}
    steps: {count: {run: mkdir -p out && cat data/raw.csv note.txt > out/n, inputs: [data/raw.csv, note.txt], outputs: [out/n]}}

    """

private func command(using random: inout SeededGenerator) -> [String] {
    let branch = "b\(Int.random(in: 0..<6, using: &random))"
    switch Int.random(in: 0..<10, using: &random) {
    case 0...2: return ["env", "create", branch]
    case 3: return ["switch", branch]
    case 4: return ["env", "remove", branch]
    case 5: return ["env", "update", branch]
    case 6: return ["prune", "--yes"]
    case 7: return ["run", "--env", branch, "--progress", "quiet"]
    case 8: return ["env", "undelete", branch]
    default: return ["merge", branch, "--progress", "quiet"]
    }
}
