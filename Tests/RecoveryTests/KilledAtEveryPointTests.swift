import HostSystem
import Model
import SystemPackage
import Testing

/// Every workflow is killed before and after each of its steps, and before each change of the database, of a reference
/// or of a name, and each child process; a short run takes a sample.
@Suite("Killed at every point")
struct KilledAtEveryPointTests {
    @Test(
        "A killed command is finished or undone by the next one", arguments: Scenario.all.filter(\.isStoppedEverywhere))
    func recovers(_ scenario: Scenario) async throws {
        let all = try await Lanes.shared.withLane { try await Rehearsal(of: scenario, in: $0).points }
        let named = all.filter { !$0.contains("+") }
        let points = scenario.stopsOnlyWhereNamed ? named : all
        let chosen = KillPlan.current.chosen(of: points, for: scenario)
        print("\(scenario.name): \(points.count) points, \(named.count) of them named; killed at \(chosen.count)")
        #expect(named.count >= 5, "a workflow has at least five named points")
        await withTaskGroup { group in
            for (number, point) in chosen.enumerated() {
                group.addTask { await attempt(scenario, at: point, repeatsAtOnce: number.isMultiple(of: 2)) }
            }
        }
    }
}

private func attempt(_ scenario: Scenario, at point: String, repeatsAtOnce: Bool) async {
    do {
        let problems = try await Lanes.shared.withLane { lane in
            try await Trial(scenario: scenario, repeatsAtOnce: repeatsAtOnce).problems(in: lane) { lane in
                let outcome = try await lane.headgate(
                    scenario.arguments, variables: ["HEADGATE_FAULT": "kill:\(point)"])
                // Where steps and records take turns, a point may not come up again.
                if scenario.pointsVary, outcome.status == 0 { return }
                guard outcome.status == 137 else {
                    throw TrialFailed("it was not killed but ended with \(outcome.status)")
                }
            }
        }
        for problem in problems { Issue.record("\(scenario.name), killed at \(point), \(problem)") }
    } catch {
        Issue.record("\(scenario.name), killed at \(point): \(error)")
    }
}
