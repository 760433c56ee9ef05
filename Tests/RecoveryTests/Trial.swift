import HostSystem
import Model
import SystemPackage
import Testing

/// One killed command and what came after it.
struct Trial: Sendable {
    let scenario: Scenario
    /// Whether the next command is the same one again, or `headgate status`.
    let repeatsAtOnce: Bool

    /// Kills the command as `kill` does it, and returns what is wrong afterwards; empty when all is well.
    func problems(in lane: Lane, kill: (Lane) async throws -> Void) async throws -> [String] {
        try await lane.restore(scenario.state)
        let before = lane.inventory(of: scenario.state)
        try await kill(lane)
        var problems: [String] = []
        if !repeatsAtOnce {
            let status = try await lane.headgate(["status"])
            if status.status != 0 {
                problems.append("status ended with \(status.status): \(status.errorOutput)\(status.output)")
            }
            problems += try await check(lane, before, mustBeNew: false)
        }
        let again = try await lane.headgate(scenario.arguments)
        let isDone = scenario.doneAlready.map { again.errorOutput.contains($0) && again.status == 1 } ?? false
        if again.status != 0, !isDone {
            problems.append("the same command again ended with \(again.status): \(again.errorOutput)\(again.output)")
        }
        problems += try await check(lane, before, mustBeNew: true)
        if let undo = scenario.undo {
            let undone = try await lane.headgate(undo)
            if undone.status != 0 { problems.append("\(undo) ended with \(undone.status): \(undone.errorOutput)") }
            let after = try await Inventory(of: lane)
            problems += after.differences(from: before, mayChange: { $0.hasPrefix("log ") }).map {
                "after \(undo): \($0)"
            }
        }
        return problems
    }

    private func check(_ lane: Lane, _ before: Inventory, mustBeNew: Bool) async throws -> [String] {
        var problems: [String] = []
        let moment = mustBeNew ? "in the end" : "after recovery"
        if mustBeNew, !repeatsAtOnce {
            return try await checkContent(lane, before, mustBeNew: true).map { "\(moment): \($0)" }
        }
        let doctor = try await lane.headgate(["doctor"])
        if doctor.status != 0 {
            problems.append("doctor ended with \(doctor.status): \(doctor.output)\(doctor.errorOutput)")
        }
        let fsck = try await lane.repository.tryGit(["fsck", "--no-progress", "--no-dangling"])
        if !fsck.succeeded || !fsck.errorText.isEmpty { problems.append("fsck: \(fsck.errorText)\(fsck.outputText)") }
        let worktrees = try await lane.repository.git("worktree", "list", "--porcelain")
        if worktrees.contains("prunable") { problems.append("a worktree is prunable: \(worktrees)") }
        problems += try await checkContent(lane, before, mustBeNew: mustBeNew)
        return problems.map { "\(moment): \($0)" }
    }

    private func checkContent(_ lane: Lane, _ before: Inventory, mustBeNew: Bool) async throws -> [String] {
        var problems: [String] = []
        do {
            let outcome = try await scenario.outcome(lane, before)
            if mustBeNew, outcome == .old { problems.append("the command left nothing done") }
        } catch {
            problems.append("\(error)")
        }
        let after = try await Inventory(of: lane)
        problems += after.differences(
            from: before, mayChange: { scenario.mayChange($0, lane) }, mayAppear: { scenario.mayAppear($0, lane) })
        return problems
    }
}

/// A run of a command to its end, with the places at which it may be killed.
struct Rehearsal: Sendable {
    let points: [String]
    let seconds: Double

    init(of scenario: Scenario, in lane: Lane) async throws {
        try await lane.restore(scenario.state)
        let log = lane.scratch.appending("points")
        try FileSystem.remove(log)
        let outcome = try await lane.headgate(scenario.arguments, variables: ["HEADGATE_FAULT_LOG": log.string])
        guard outcome.status == 0 else {
            throw TrialFailed(
                "\(scenario.name) fails by itself with \(outcome.status): \(outcome.errorOutput)\(outcome.output)")
        }
        seconds = outcome.seconds
        var seen: Set<String> = []
        points = try FileSystem.readText(log).split(separator: "\n").map(String.init).filter { point in
            // Nothing has changed between a named point and the first change after it.
            !point.contains("+1.") && seen.insert(point).inserted
        }
    }
}
