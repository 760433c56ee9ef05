import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What no list of points foresees: kills at moments that only chance chose, children left running.
@Suite("Killed at random moments")
struct KilledAtRandomTests {
    @Test("A command killed at any moment is finished or undone by the next one")
    func recovers() async throws {
        let plan = KillPlan.current
        let seed = plan.seed
        print("HEADGATE_SEED=\(seed), \(plan.randomKills) kills")
        var generator = SeededGenerator(seed: seed)
        let durations = try await Lanes.shared.withLane { lane in
            var durations: [Double] = []
            for scenario in Scenario.all { durations.append(try await Rehearsal(of: scenario, in: lane).seconds) }
            return durations
        }
        await withTaskGroup { group in
            for number in 0..<plan.randomKills {
                let scenario = Scenario.all[number % Scenario.all.count]
                let moment = Double.random(in: 0...1, using: &generator) * durations[number % Scenario.all.count]
                let repeatsAtOnce = Bool.random(using: &generator)
                group.addTask { await attempt(scenario, after: moment, repeatsAtOnce: repeatsAtOnce, seed: seed) }
            }
        }
    }
}

private func attempt(_ scenario: Scenario, after moment: Double, repeatsAtOnce: Bool, seed: UInt64) async {
    let place = "\(scenario.name), killed after \(moment) s, HEADGATE_SEED=\(seed)"
    do {
        let problems = try await Lanes.shared.withLane { lane in
            try await Trial(scenario: scenario, repeatsAtOnce: repeatsAtOnce).problems(in: lane) { lane in
                try await lane.headgate(scenario.arguments, killedAfter: moment)
            }
        }
        for problem in problems { Issue.record("\(place): \(problem)") }
    } catch {
        Issue.record("\(place): \(error)")
    }
}
