import HostSystem
import Model
import SystemPackage
import Testing

/// A command to be killed, and what must be true afterwards.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let state: PreparedState
    let arguments: [String]
    /// Which items of the inventory the command may change, given the lane's project and environments.
    var mayChange: @Sendable (String, Lane) -> Bool = { _, _ in false }
    /// Which items may be there that were not.
    var mayAppear: @Sendable (String, Lane) -> Bool = { _, _ in false }
    /// Whether the project is in the old state or in the new one, or throws what it is in between.
    let outcome: @Sendable (Lane, _ before: Inventory) async throws -> Outcome
    /// What the command says when it is run again and there is nothing left to do.
    var doneAlready: String?
    /// Whether the changes between its named points are left to another scenario that makes the same ones.
    var stopsOnlyWhereNamed = false
    /// Whether it has points that no other scenario has.
    var isStoppedEverywhere = true
    /// Whether what it does at once comes in an order that differs from time to time.
    var pointsVary = false
    /// The command that takes it back, after which nothing may differ from before.
    var undo: [String]?

    enum Outcome { case old, new }

    var testDescription: String { name }
}

extension Scenario {
    static let all: [Scenario] =
        [
            create("create", ["env", "create", "fresh"], branch: "fresh"),
            create("create of a parked one", ["env", "create", "aside"], branch: "aside", without: "parked"),
            create("switch", ["switch", "-c", "brand-new"], branch: "brand-new"),
            switchHere, remove, undelete, run,
        ]
        + [("merge", "landing"), ("squash", "landing"), ("ff", "forward")].flatMap { method, branch in
            [land(branch, by: method, on: "main"), land(branch, by: method, on: "release")]
        } + [install, uninstall]

    private static func create(
        _ name: String, _ arguments: [String], branch: String, without: String? = nil
    ) -> Scenario {
        Scenario(
            name: name, state: .adopted, arguments: arguments,
            mayAppear: { item, lane in
                item.contains(lane.environments.appending(branch).string) || item == "reference refs/heads/\(branch)"
            },
            outcome: { lane, before in
                let state = try await lane.environmentStates()[branch]
                let workspace = lane.environments.appending(branch)
                if state == "ready" {
                    guard FileSystem.exists(workspace.appending(".headgate/environment")),
                        FileSystem.exists(workspace.appending("data/raw/a.csv")),
                        FileSystem.exists(workspace.appending("factor.txt"))
                    else { throw TrialFailed("the workspace of \(branch) is ready and not whole") }
                    return .new
                }
                guard state == without, !FileSystem.exists(workspace) else {
                    throw TrialFailed(
                        "the environment of \(branch) is \(state ?? "nowhere"), its workspace there or not")
                }
                let isThere = try await lane.repository.tryGit(["rev-parse", "-q", "--verify", "refs/heads/\(branch)"])
                    .succeeded
                guard isThere == before.has("reference refs/heads/\(branch)") else {
                    throw TrialFailed("the branch \(branch) was left behind")
                }
                return .old
            }, doneAlready: "already")
    }

    private static let switchHere = Scenario(
        name: "switch --here", state: .adopted, arguments: ["switch", "--here", "fresh"],
        mayChange: { item, lane in item == "head \(lane.project)" || item == "log \(lane.project)" },
        outcome: { lane, _ in
            try await lane.repository.git("symbolic-ref", "--short", "HEAD") == "fresh" ? .new : .old
        }, isStoppedEverywhere: false, undo: ["switch", "--here", "main"])

    private static let remove = Scenario(
        name: "remove", state: .adopted, arguments: ["env", "remove", "topic", "--force"],
        mayChange: { item, lane in item.contains(lane.environments.appending("topic").string) },
        outcome: { lane, _ in try await topicState(lane).opposite }, doneAlready: "topic",
        undo: ["env", "undelete", "topic"])

    private static let undelete = Scenario(
        name: "undelete", state: .removed, arguments: ["env", "undelete", "topic"],
        mayAppear: { item, lane in item.contains(lane.environments.appending("topic").string) },
        outcome: { lane, _ in try await topicState(lane) }, doneAlready: "topic")

    /// `new` when the workspace is there.
    private static func topicState(_ lane: Lane) async throws -> Outcome {
        let state = try await lane.environmentStates()["topic"]
        let exists = FileSystem.exists(lane.environments.appending("topic"))
        switch (state, exists) {
        case ("ready", true): return .new
        case (nil, false): return .old
        default: throw TrialFailed("the environment is \(state ?? "gone"), its workspace \(exists ? "there" : "gone")")
        }
    }

    private static let run = Scenario(
        name: "run", state: .adopted, arguments: ["run", "--force", "--jobs", "1"],
        outcome: { lane, _ in
            let scaled = lane.project.appending("out/scaled.txt")
            guard FileSystem.exists(scaled) else { return .old }
            guard try FileSystem.readText(scaled) == "1\n1,2\n3,4\nid,v\n" else {
                throw TrialFailed("the output is half written")
            }
            return .new
        }, pointsVary: true)

    private static func land(_ branch: String, by method: String, on target: String) -> Scenario {
        Scenario(
            name: "\(method) on \(target)", state: .hooked,
            arguments: ["merge", branch, "--method", method, "--into", target, "--jobs", "1"],
            mayChange: { item, lane in
                if item == "reference refs/heads/\(target)" { return true }
                guard target == "main" else { return false }
                let moved = ["factor.txt", "sub/deep.txt", "sub/moved.txt", "added/landing.txt", "added/forward.txt"]
                    .map { "file \(lane.project.appending($0))" }
                return moved.contains(item) || item == "index \(lane.project)" || item == "log \(lane.project)"
            },
            outcome: { lane, before in
                let tree = try await lane.repository.git("rev-parse", "\(target)^{tree}")
                let merged = try await lane.repository.git(
                    "merge-tree", "--write-tree", before.value("reference refs/heads/\(target)"), branch)
                if target == "main" {
                    let difference = try await lane.repository.git(
                        "diff", "--name-only", "HEAD", "--", "factor.txt", "sub", "added")
                    guard difference.isEmpty else {
                        throw TrialFailed("these files are not those of HEAD: \(difference)")
                    }
                }
                if try await lane.repository.git("rev-parse", target) == before.value("reference refs/heads/\(target)")
                {
                    return .old
                }
                guard tree == merged else { throw TrialFailed("\(target) has another tree than the merge") }
                return .new
            }, stopsOnlyWhereNamed: method != "merge", isStoppedEverywhere: method == "merge" || target == "main")
    }

    private static let install = Scenario(
        name: "hooks install", state: .adopted, arguments: ["hooks", "install"],
        mayChange: { item, lane in item.hasPrefix("file \(lane.project.appending(".git/hooks"))/") },
        outcome: hooksOutcome, undo: ["hooks", "uninstall"])

    private static let uninstall = Scenario(
        name: "hooks uninstall", state: .hooked, arguments: ["hooks", "uninstall"],
        mayChange: { item, lane in item.hasPrefix("file \(lane.project.appending(".git/hooks"))/") },
        outcome: { lane, before in try await hooksOutcome(lane, before).opposite }, undo: ["hooks", "install"])

    /// `new` when all hooks are Headgate's and each of the user's is kept.
    private static let hooksOutcome: @Sendable (Lane, Inventory) async throws -> Outcome = { lane, _ in
        let directory = lane.project.appending(".git/hooks")
        let names = ["post-checkout", "pre-merge-commit", "pre-push", "reference-transaction"]
        var ours = 0
        for name in names {
            if try FileSystem.readBytes(directory.appending(name)).starts(with: [0x7f, 0x45, 0x4c, 0x46]) { ours += 1 }
        }
        let kept = try TreeWalk.list(directory).count {
            $0.path.string.contains("headgate-chained") && $0.status.kind != .directory
        }
        switch (ours, kept) {
        case (0, 0): return .old
        case (names.count, names.count): return .new
        default: throw TrialFailed("\(ours) of \(names.count) hooks are installed, \(kept) are kept")
        }
    }
}

extension Scenario.Outcome {
    fileprivate var opposite: Self { self == .old ? .new : .old }
}

extension Inventory {
    func has(_ item: String) -> Bool { items[item] != nil }
    func value(_ item: String) -> String { items[item] ?? "" }
}
