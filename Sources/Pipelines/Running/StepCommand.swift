import HostSystem
import Model
import SystemPackage

/// The command of a step, as it is started: with its variables, and shut off as far as its isolation says.
struct StepCommand: Sendable {
    let context: PipelineContext
    let step: ResolvedStep
    let isolation: IsolationLevel
    /// Where it runs: the workspace, or a room with nothing but its inputs.
    let room: HermeticRoom?
    /// What watches the files that it opens.
    let trace: FileTrace?
    /// Whom a container runs as; see `ContainerUser`.
    let containerUser: String?

    init(
        context: PipelineContext, step: ResolvedStep, isolation: IsolationLevel, room: HermeticRoom? = nil,
        trace: FileTrace? = nil, containerUser: String? = nil
    ) {
        self.context = context
        self.step = step
        self.isolation = isolation
        self.room = room
        self.trace = trace
        self.containerUser = containerUser
    }

    /// - Throws: `PipelineError.missingSecret`, `.noContainerEngine`, `.liveData`; `HostError`.
    func invocation(log: StepLog) throws -> Invocation {
        try requireLiveDataIsHidden()
        let shell = context.graph.pipeline.shell
        var invocation = Invocation(
            shell.first ?? "sh", Array(shell.dropFirst()) + [step.command],
            variables: try context.baseVariables.merging(ownVariables()) { $1 },
            directory: room?.directory ?? context.workspace, output: .log(log.path, limit: StepLog.limit),
            errorOutput: .joined,
            timeLimit: step.timeout, redactions: context.redactions.forms)
        if step.image == nil {
            invocation.memoryLimit = step.resources.memory?.bytes
            if let cpus = step.resources.cpus { invocation = context.processors.limited(invocation, to: cpus) }
        }
        if let trace, let tracer = context.tracer { invocation = trace.watching(invocation, by: tracer) }
        switch isolation {
        case .process:
            return invocation
        case .container:
            guard step.image != nil else { return try sandboxed(invocation) }
            guard let container else { throw PipelineError.noContainerEngine(.init(step)) }
            return try container.invocation(
                invocation, shell: shell, sources: sourceMounts, ownCopies: ownCopies, sockets: sockets,
                ownVariables: ownVariables())
        case .sandbox, .hermetic:
            return try sandboxed(invocation)
        }
    }

    /// What runs the step where it has an image.
    var container: ContainerCommand? {
        guard isolation == .container, let image = step.image, let engine = context.containerEngine,
            let containerUser
        else { return nil }
        return ContainerCommand(context: context, step: step, engine: engine, image: image, user: containerUser)
    }

    private func sandboxed(_ invocation: Invocation) throws -> Invocation {
        try context.sandbox?.wrap(invocation, in: specification) ?? invocation
    }

    /// What the step is given besides what every step has.
    private func ownVariables() throws -> [String: String] {
        var variables = step.variables
        for access in sourceAccess { variables.merge(access.variables) { $1 } }
        for (name, secret) in step.secretVariables {
            guard let value = context.secrets[secret] else { throw PipelineError.missingSecret(secret, .init(step)) }
            variables[name] = value
        }
        return variables
    }

    /// What the step sees: the base, the pinned data at the paths of the sources, and what it asks for itself.
    var specification: SandboxSpecification {
        var specification = context.sandboxBase
        specification.network = step.network && isolation != .hermetic
        if let room {
            room.furnish(&specification, insteadOf: context.workspace)
        } else {
            specification.readOnlyBinds += sourceMounts
            specification.writableBinds += ownCopies
        }
        specification.readOnlyBinds += sockets.map { .init($0) }
        specification.read += step.readPaths.map(expanded)
        specification.writableBinds += step.writePaths.map { .init(expanded($0)) }
        if let trace { specification.writableBinds.append(.init(trace.directory)) }
        if (step.resources.gpus ?? 0) > 0 { specification.gpus = true }
        return specification
    }

    /// A socket that is not there cannot be shown; the step says that it cannot connect.
    private var sockets: [FilePath] { sourceAccess.compactMap(\.socket).filter(FileSystem.exists) }

    private var sourceAccess: [SourceAccess] {
        context.graph.sources(of: step.id).compactMap { context.sourceAccess[$0] }
    }

    private var sourceMounts: [SandboxSpecification.Mount] {
        zip(context.graph.sources, context.graph.sourcePaths).compactMap { source, path in
            guard let path, let data = source.realPath, !source.isWritable else { return nil }
            return .init(source: data, target: context.workspace.appending(path))
        } + context.graph.sources.flatMap(\.covers)
    }

    private var ownCopies: [SandboxSpecification.Mount] { context.graph.ownCopyMounts(in: context.workspace) }

    /// Without a sandbox a step would find the live data at the path of a writable source, and change that.
    ///
    /// - Throws: `PipelineError.liveData`.
    func requireLiveDataIsHidden() throws(PipelineError) {
        guard isolation == .process, let source = context.graph.sources.first(where: { $0.standIn != nil }) else {
            return
        }
        throw .liveData(source: source.name, path: source.path ?? "", PipelineError.Place(step))
    }

    private func expanded(_ path: String) -> FilePath { context.expandingHome(path) }
}
