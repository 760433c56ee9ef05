import TestSupport
import Testing

/// Long histories of environments that are made, used, renamed, deleted by hand, removed, brought back and killed at.
@Suite("Lifecycle histories")
struct LifecycleHistoryTests {
    @Test("Whatever happens, no text that exists nowhere else is lost")
    func losesNothing() async throws {
        let plan = KillPlan.current
        print("lifecycle history: \(plan.lifecycleCommands) commands, HEADGATE_SEED=\(plan.seed)")
        let history = try await LifecycleHistory(seed: plan.seed)
        for number in 1...plan.lifecycleCommands {
            try await history.advance()
            if number.isMultiple(of: 20) { try await history.check() }
        }
        try await history.finish()
        print("lifecycle history: \(history.summary)")
        for problem in history.problems { Issue.record("HEADGATE_SEED=\(plan.seed): \(problem)") }
    }
}
