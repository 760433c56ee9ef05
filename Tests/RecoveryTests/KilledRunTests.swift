import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// `headgate run` ended at random moments, by the signals that end programs: no child survives, no half output counts
/// as done, and the next run makes the bytes of an undisturbed one.
@Suite("Runs that are killed")
struct KilledRunTests {
    @Test("A run ended by any signal at any moment leaves nothing behind, and the next one finishes its work")
    func recovers() async throws {
        let plan = KillPlan.current
        let (seed, kills) = (plan.seed, plan.runKills)
        print("killed runs: \(kills), HEADGATE_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let project = try await KilledRunProject()
        var hits = 0
        for number in 0..<kills {
            let signal = ["KILL", "INT", "TERM"][number % 3]
            let part = Double.random(in: 0...1.1, using: &random)
            let looksFirst = Bool.random(using: &random)
            let trial = try await project.trial(number, signal: signal, at: part, looksFirst: looksFirst)
            for problem in trial.problems {
                Issue.record("kill \(number), \(signal) at \(part), HEADGATE_SEED=\(seed): \(problem)")
            }
            if trial.wasEnded { hits += 1 }
        }
        print("killed runs: \(hits) of \(kills) were ended before they were through")
        #expect(kills < 9 || hits > 0)
    }
}
