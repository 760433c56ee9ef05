import FoundationEssentials
import HostSystem
import Model
import Synchronization
import SystemPackage
import TestSupport

/// A place with one small project, brought back to a prepared state before every trial.
///
/// Git and Headgate write absolute paths, so a state is not copied to a new place but put back where it was prepared.
final class Lane: Sendable {
    let repository: TemporaryRepository
    let program: ProgramUnderTest
    private let directory: TemporaryDirectory
    private let inventories: Mutex<[PreparedState: Inventory]> = Mutex([:])

    var project: FilePath { repository.path }
    var environments: FilePath { repository.directory.path("project.envs") }
    /// Where trials may write what is no part of the project.
    var scratch: FilePath { directory.path }

    init() async throws {
        // In memory where there is one: a killed process needs no disk to leave things half done.
        let memory: FilePath = "/dev/shm"
        directory = try TemporaryDirectory(
            in: FileSystem.isDirectory(memory) ? memory : "/tmp", name: "headgate-recovery")
        repository = try await TemporaryRepository(in: directory.path)
        program = try ProgramUnderTest(variables: repository.variables)
        try FileSystem.makeDirectories(directory.path("kept"))
        for state in PreparedState.allCases {
            if let earlier = state.earlier { try await restore(earlier) }
            try await state.prepare(in: self)
            try await copy(repository.directory.path, to: kept(state))
            let inventory = try await Inventory(of: self)
            inventories.withLock { $0[state] = inventory }
        }
    }

    /// Puts everything back as it was when `state` was prepared.
    func restore(_ state: PreparedState) async throws {
        try await copy(kept(state), to: repository.directory.path)
    }

    /// What a project holds in this state.
    func inventory(of state: PreparedState) -> Inventory {
        guard let inventory = inventories.withLock({ $0[state] }) else {
            preconditionFailure("every state is prepared before a lane is used")
        }
        return inventory
    }

    private func kept(_ state: PreparedState) -> FilePath {
        directory.path("kept").appending(state.rawValue)
    }

    private func copy(_ from: FilePath, to target: FilePath) async throws {
        // Snapshots are read-only, which keeps a user who is not root from removing them.
        let script = #"if [ -e "$2" ]; then chmod -R u+rwX "$2" && rm -rf "$2"; fi && cp -a --reflink=auto "$1" "$2""#
        let result = try await CommandRunner().run(
            Invocation("sh", ["-c", script, "sh", from.string, target.string], variables: repository.variables))
        guard result.succeeded else { throw TrialFailed("copying a prepared state: \(result.errorText)") }
    }

    /// Runs `headgate` in the main working tree.
    func headgate(_ arguments: [String], variables: [String: String] = [:]) async throws -> ProgramUnderTest.Outcome {
        try await program.run(arguments, in: project, variables: variables, timeLimit: TimeSpan(seconds: 180))
    }

    /// Runs `headgate`, which must succeed.
    @discardableResult
    func require(_ arguments: [String], in workspace: FilePath? = nil) async throws -> ProgramUnderTest.Outcome {
        let outcome = try await program.run(arguments, in: workspace ?? project, timeLimit: TimeSpan(seconds: 180))
        guard outcome.status == 0 else {
            throw TrialFailed(
                "headgate \(arguments) ended with \(outcome.status): \(outcome.errorOutput)\(outcome.output)")
        }
        return outcome
    }

    /// Runs `headgate` and kills it, and nothing else, after `seconds`.
    func headgate(_ arguments: [String], killedAfter seconds: Double) async throws {
        let script = #"d=$1; shift; "$@" >/dev/null 2>&1 & p=$!; sleep "$d"; kill -9 $p 2>/dev/null; wait $p"#
        _ = try await CommandRunner().run(
            Invocation(
                "sh", ["-c", script, "sh", "\(seconds)", program.executable.string] + arguments,
                variables: program.variables, directory: project, timeLimit: TimeSpan(seconds: 180)))
    }

    /// The state of each environment by its branch, as `env list` says it.
    func environmentStates() async throws -> [String: String] {
        struct Listed: Decodable {
            struct Environment: Decodable {
                let branch: String
                let state: String
            }
            let environments: [Environment]
        }
        let text = try await require(["env", "list", "--json"]).output
        let listed = try JSONDecoder().decode(Listed.self, from: Data(text.utf8))
        return Dictionary(listed.environments.map { ($0.branch, $0.state) }) { first, _ in first }
    }
}

/// What made a trial fail, in words.
struct TrialFailed: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The lanes of all tests, as many as there are cores; each is used by one trial at a time.
actor Lanes {
    static let shared = Lanes()

    private var free: [Lane] = []
    private var made = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs `body` in a lane that nobody else uses meanwhile.
    func withLane<Result: Sendable>(_ body: @Sendable (Lane) async throws -> Result) async throws -> Result {
        let lane = try await take()
        defer { give(lane) }
        return try await body(lane)
    }

    private func take() async throws -> Lane {
        while true {
            if let lane = free.popLast() { return lane }
            if made < max(2, CurrentProcess.cores) {
                made += 1
                return try await Lane()
            }
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func give(_ lane: Lane) {
        free.append(lane)
        if !waiting.isEmpty { waiting.removeFirst().resume() }
    }
}
