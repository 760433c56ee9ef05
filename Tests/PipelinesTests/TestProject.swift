import HostSystem
import Model
import Persistence
import Pipelines
import Synchronization
import SystemPackage
import TestSupport

/// A workspace with a state, a cache and whatever pipeline a test asks for.
final class TestProject: Sendable {
    let directory: TemporaryDirectory
    let workspace: FilePath
    let store: StateStore
    let hashCache: HashCache
    let cache: FilePath
    let sandbox: Sandbox?
    private let runs = Mutex(0)

    static let variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]

    init(workspace name: String = "ws", sharing other: TestProject? = nil, sandboxed: Bool = false) async throws {
        directory = try other?.directory ?? TemporaryDirectory(name: "headgate-pipeline")
        workspace = try directory.makeDirectory(name)
        store = try other?.store ?? StateStore(opening: directory.path("state/state.sqlite"))
        hashCache = other?.hashCache ?? HashCache(at: directory.path("state/hashes.sqlite"))
        cache = directory.path("store/cache")
        if sandboxed, case .available(let sandbox) = await Sandbox.probe(CommandRunner(), variables: Self.variables) {
            self.sandbox = sandbox
        } else {
            sandbox = nil
        }
    }

    @discardableResult
    func write(_ path: String, _ text: String) throws -> FilePath {
        let file = workspace.pushing(FilePath(path))
        try FileSystem.makeDirectories(file.removingLastComponent())
        try FileSystem.replace(file, withText: text)
        return file
    }

    func read(_ path: String) throws -> String { try FileSystem.readText(workspace.pushing(FilePath(path))) }
    func exists(_ path: String) -> Bool { FileSystem.exists(workspace.pushing(FilePath(path))) }

    func context(
        _ steps: [ResolvedStep], sources: [SourceMount] = [], setup: Setup? = nil, limits: [String: Int] = [:],
        adjust: (inout PipelineContext) -> Void = { _ in }
    ) throws -> PipelineContext {
        let run = runs.withLock { count in
            count += 1
            return "run-\(count)"
        }
        let pipeline = ResolvedPipeline(
            steps: steps, parameters: [:], variables: [:], shell: ["bash", "-eo", "pipefail", "-c"], setup: setup,
            limits: limits)
        let tested = Set(steps.filter { !$0.tests.isEmpty }.map(\.id))
        var context = PipelineContext(
            workspace: workspace, workspaceKey: workspace.string, graph: try PipelineGraph(pipeline, sources: sources),
            store: store, hashCache: hashCache, cacheDirectory: cache,
            runFolder: directory.path("state/logs/\(workspace.lastComponent?.string ?? "")-\(run)"), run: run,
            isolation: sandbox == nil ? .process : .sandbox, sandbox: sandbox,
            sandboxBase: SandboxSpecification(workspace: workspace, home: directory.path("home")),
            baseVariables: Self.variables,
            hasTests: { subject in
                if case .step(let id) = subject { tested.contains(id) } else { true }
            })
        adjust(&context)
        return context
    }

    func run(
        _ steps: [ResolvedStep], sources: [SourceMount] = [], selection: PipelineSelection = .all,
        options: RunOptions = RunOptions(jobs: 2, retryDelay: TimeSpan(seconds: 0.01)),
        events: @escaping @Sendable (PipelineEvent) -> Void = { _ in },
        adjust: (inout PipelineContext) -> Void = { _ in }
    ) async throws -> PipelineReport {
        try await PipelineEngine(context: context(steps, sources: sources, adjust: adjust))
            .run(selection, options: options, events: events)
    }

    func plan(_ steps: [ResolvedStep], sources: [SourceMount] = []) async throws -> [PlannedStep] {
        try await PipelineEngine(context: context(steps, sources: sources)).plan()
    }
}

/// A step as the tests write it.
func step(
    _ id: String, _ command: String, inputs: [String]? = [], outputs: [String] = [], needs: [String] = [],
    values: [String: String] = [:], timeout: TimeSpan? = nil, retries: Int = 0, mutex: String? = nil,
    tests: [DataTest] = [], line: Int? = nil, isolation: IsolationLevel? = nil
) -> ResolvedStep {
    ResolvedStep(
        id: id, group: String(id.prefix { $0 != "[" }), commandTemplate: command, command: command, values: values,
        inputs: inputs, outputs: outputs, needs: needs, isolation: isolation, timeout: timeout, retries: retries,
        mutex: mutex, tests: tests, line: line.map { SourceLine(line: $0, column: 3) })
}

extension PipelineReport {
    /// `clean ran, train cached`, in the order of the graph.
    var summary: String { steps.map { "\($0.id) \($0.state.rawValue)" }.joined(separator: ", ") }
}

/// Collects events from any thread.
final class EventLog: Sendable {
    private let events = Mutex<[PipelineEvent]>([])

    func add(_ event: PipelineEvent) { events.withLock { $0.append(event) } }
    var all: [PipelineEvent] { events.withLock { $0 } }
}
