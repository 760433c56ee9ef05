import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Random pipelines through the whole program: whatever is edited, a run makes what a run from scratch makes, and runs
/// exactly the steps of which it has no result yet.
///
/// `HEADGATE_SEED` repeats one, `HEADGATE_RANDOM_SECONDS` takes longer than the usual twelve seconds.
@Suite("Random graphs")
struct RandomGraphTests {
    @Test("Whatever is edited, the bytes are those of a clean clone, no step too few and none too many")
    func agreesWithScratch() async throws {
        let variables = ProcessVariables.current()
        let seed = variables["HEADGATE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
        let seconds = variables["HEADGATE_RANDOM_SECONDS"].flatMap { Int64($0) } ?? 12
        print("random graphs, HEADGATE_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let end = SystemClock.monotonicNanoseconds() + seconds * 1_000_000_000
        var total = RandomProject.Count()
        var projects = 0
        repeat {
            let project = try await RandomProject(using: &random)
            projects += 1
            for edit in 0..<8 where edit < 4 || SystemClock.monotonicNanoseconds() < end {
                try await project.edit(using: &random)
                try await project.check(using: &random)
            }
            for problem in project.problems {
                Issue.record("HEADGATE_SEED=\(seed): \(problem)\n\(project.history)\(project.configuration)")
            }
            total += project.count
            // A slow machine gets far enough to have seen steps spared all the same.
        } while SystemClock.monotonicNanoseconds() < end || total.spared == 0 && projects < 8
        print("random graphs: \(total)")
        #expect(total.ran > 0 && total.spared > 0)
    }
}
