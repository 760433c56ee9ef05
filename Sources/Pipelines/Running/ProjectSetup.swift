import HostSystem
import Model
import Persistence
import SystemPackage

/// The project's `setup`: a command that prepares the workspace before any step, such as `uv sync`.
///
/// It runs again when the command or its inputs change, or one of its outputs is gone. What it makes is good for this
/// workspace only, and is neither hashed nor cached.
struct ProjectSetup: Sendable {
    /// What the result is called in reports; no step can have this name.
    static let id = "(setup)"

    let key: StepKey
    let isUpToDate: Bool
    /// What the decision was made of; `nil` when that cannot be told.
    let places: [RunIndex.Place]?
    private let setup: Setup
    private let context: PipelineContext
    private let outputs: [WorkspacePath]

    /// Reads the inputs of the setup; `nil` where the project has none.
    init?(_ context: PipelineContext, width: Int) async throws {
        guard let setup = context.graph.pipeline.setup else { return nil }
        self.setup = setup
        self.context = context
        let place = PipelineError.Place(step: ProjectSetup.id)
        func path(_ text: String) throws -> WorkspacePath {
            guard let path = WorkspacePath(declared: text) else { throw PipelineError.pathNotAllowed(text, place) }
            return path
        }
        outputs = try setup.outputs.map(path)
        let reader = FileReader(
            workspace: context.workspace, graph: context.graph, hashCache: context.hashCache, width: width)
        var places: [RunIndex.Place]? = []
        var parts = [StepKey.Part("command", setup.run), StepKey.Part("platform", context.platform)]
        for text in setup.inputs {
            let path = try path(text)
            let kind = PathPattern.isPattern(text) ? StepInput.Kind.pattern(PathPattern(text)) : .path(path)
            let (found, directories) = try await reader.look(at: StepInput(text: text, kind: kind))
            for snapshot in found {
                if let more = reader.places(of: snapshot) { places?.append(contentsOf: more) } else { places = nil }
            }
            places?.append(contentsOf: directories)
            if found.isEmpty { throw PipelineError.missingInput(text, place) }
            parts += found.map { StepKey.Part("input:" + $0.path.text, $0.value) }
        }
        parts += setup.outputs.map { StepKey.Part("output:" + $0, "declared") }
        for output in outputs {
            let place = context.workspace.appending(output)
            guard let status = try FileSystem.status(place) else { continue }
            places?.append(RunIndex.Place(path: place, identity: FileIdentity(status), mode: status.mode))
        }
        self.places = places
        key = StepKey(parts)
        let last = try context.store.stepMemory(of: context.workspaceKey)[ProjectSetup.id]
        let areThere = outputs.allSatisfy { FileSystem.exists(context.workspace.appending($0)) }
        isUpToDate = last?.key == key.hash && areThere
    }

    /// Runs the command, in the sandbox like a step, with the network if the project's steps have it.
    func run(_ tools: RunTools) async throws -> StepResult {
        let pipeline = context.graph.pipeline
        let step = ResolvedStep(
            id: ProjectSetup.id, group: ProjectSetup.id, commandTemplate: setup.run, command: setup.run,
            variables: pipeline.variables, secretVariables: pipeline.secretVariables,
            network: context.sandboxBase.network)
        let log = StepLog(of: "setup", in: context.runFolder)
        var result = StepResult(id: step.id, state: .failed, key: key.hash, log: log.path.string, attempts: 1)
        tools.events.send(.stepStarted(id: step.id, attempt: 1, log: log.path.string))
        try tools.repositories.begin()
        let isolation: IsolationLevel = context.sandbox == nil ? .process : .sandbox
        do {
            let command = StepCommand(context: context, step: step, isolation: isolation)
            let ended = try await context.runner.run(command.invocation(log: log))
            result.seconds = ended.seconds
            let missing = outputs.first { !FileSystem.exists(context.workspace.appending($0)) }
            if case .exited(let code) = ended.termination { result.exit = code }
            if !ended.succeeded {
                result.message = "the project's `setup` failed"
            } else if let missing {
                result.message = "the project's `setup` did not make `\(missing.text)`"
            } else {
                result.state = .ran
                let success = StepMemory(
                    step: step.id, key: key.hash, outputs: nil, seconds: ended.seconds, finished: context.time.now())
                try context.store.remember([success], in: context.workspaceKey)
            }
        } catch is CancellationError {
            result.state = .lost
            result.message = "the run was interrupted"
        }
        let tail = result.state == .failed ? log.tail() : []
        tools.events.send(.stepFinished(result, tail: tail, hint: nil))
        return result
    }
}
