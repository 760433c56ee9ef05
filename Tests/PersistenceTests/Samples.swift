import HostSystem
import Model
import Persistence
import SystemPackage
import TestSupport

/// A state store in a directory of its own.
struct TemporaryState {
    let directory: TemporaryDirectory
    let store: StateStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try StateStore(opening: directory.path("headgate/state.sqlite"))
    }

    var path: FilePath { directory.path("headgate/state.sqlite") }
}

func branch(_ name: String) throws -> BranchName { try unwrapped(BranchName(name)) }

func commit(_ digit: Character) throws -> ObjectID { try unwrapped(ObjectID(String(repeating: digit, count: 40))) }

func unwrapped<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
}

struct Missing: Error {}

let noon = Timestamp(seconds: 1_767_614_400)

func samplePin(_ source: String = "flights", id: String = "flights/1") -> Pin {
    Pin(
        source: source, kind: .copy, id: id, fingerprint: ContentHash(of: source + id), location: "/data/" + source,
        isSingleFile: false, files: 3, bytes: 4_000_000_000, pinnedAt: noon)
}

/// A pin of what another project made.
func otherProjectsPin() throws -> Pin {
    var pin = samplePin("weather", id: "weather/7")
    pin.origin = PinOrigin(
        project: "weather", repository: "/weather", askedReference: nil, askedOutput: "daily",
        reference: "refs/heads/main", output: "out/daily.csv", commit: try commit("c"),
        verdict: ContentHash(of: "verdict"), landed: noon)
    return pin
}

func sampleEnvironment(_ name: String, state: EnvironmentState = .creating) throws -> BranchEnvironment {
    let branch = try branch(name)
    return BranchEnvironment(
        branch: branch, slug: branch.slug, state: state, kind: .linked, workspace: "/project.envs/" + branch.slug,
        created: noon, used: noon, pins: [samplePin(), try otherProjectsPin()], ports: ["db": 23_000],
        createdAt: try commit("a"))
}

let thisProcess = ProcessOwner(process: CurrentProcess.identifier, boot: "boot", start: 1)

func sampleRun(_ id: String, branch name: String = "main") throws -> RunRecord {
    RunRecord(id: id, branch: try branch(name), commit: try commit("b"), started: noon, isolation: .sandbox)
}

func sampleStep(_ number: Int) -> StepResult {
    StepResult(
        id: "step[\(number)]", state: .ran, seconds: 0.5, key: ContentHash(of: "key \(number)"), exit: 0,
        log: "/logs/\(number).log", outputs: ContentHash(of: "out \(number)"), attempts: 1)
}

func sampleTest(_ id: String, outcome: TestOutcome = .passed, key: ContentHash? = nil) -> TestResult {
    TestResult(
        id: id, subject: .step("clean"), check: .notNull, severity: .error, outcome: outcome, value: 0.1,
        failingRows: 0,
        message: "no row is null", key: key)
}

func sampleVerdict(_ key: String, outcome: VerdictOutcome = .pass, target: String = "main") throws -> Verdict {
    Verdict(
        key: ContentHash(of: key), parts: ["tree": "x"], outcome: outcome, target: try branch(target),
        targetCommit: try commit("1"), branchCommit: try commit("2"), candidate: try commit("3"),
        tree: try commit("4"), method: .merge, tests: [], steps: ["clean": ContentHash(of: "k")], run: "r",
        who: "somebody", started: noon, finished: noon, toolVersion: "1")
}

/// Returns the shortest time in milliseconds of some calls of `body`.
func milliseconds(best times: Int = 5, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<times {
        let start = SystemClock.monotonicNanoseconds()
        try body()
        best = min(best, Double(SystemClock.monotonicNanoseconds() - start) / 1e6)
    }
    return best
}
