import HostSystem
import TestSupport

/// How much of the killing is done: all of it where `HEADGATE_KILLS=all`, else a sample that differs from run to run.
struct KillPlan: Sendable {
    let isWhole: Bool
    /// Makes the choice again: `HEADGATE_SEED`.
    let seed: UInt64

    static let current: KillPlan = {
        let variables = ProcessVariables.current()
        return KillPlan(
            isWhole: variables["HEADGATE_KILLS"] == "all",
            seed: UInt64(variables["HEADGATE_SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000_000))
    }()

    /// Kills of any workflow at any moment.
    var randomKills: Int { isWhole ? 200 : 24 }
    /// Ends of a run by any signal at any moment.
    var runKills: Int { isWhole ? 300 : 6 }

    /// What happens in one history of environments.
    var lifecycleCommands: Int { isWhole ? 2_000 : 80 }

    /// How long many processes work on one repository.
    var secondsAtOnce: Int64 { isWhole ? 120 : 8 }

    /// The points of a scenario that are tried, in their order.
    func chosen(of points: [String], for scenario: Scenario) -> [String] {
        let sample = 5
        if isWhole || points.count <= sample { return points }
        var generator = SeededGenerator(seed: scenario.name.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
        return points.indices.shuffled(using: &generator).prefix(sample).sorted().map { points[$0] }
    }
}
