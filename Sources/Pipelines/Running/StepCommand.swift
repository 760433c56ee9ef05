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

    init(
        context: PipelineContext, step: ResolvedStep, isolation: IsolationLevel, room: HermeticRoom? = nil,
        trace: FileTrace? = nil
    ) {
        self.context = context
        self.step = step
        self.isolation = isolation
        self.room = room
        self.trace = trace
    }

    /// - Throws: `PipelineError.missingSecret`, `.noContainerEngine`, `.liveData`; `HostError`.
    func invocation(log: StepLog) throws -> Invocation {
        try requireLiveDataIsHidden()
        let shell = context.graph.pipeline.shell
        var invocation = Invocation(
            shell.first ?? "sh", Array(shell.dropFirst()) + [step.command], variables: try variables(),
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
            guard let image = step.image else { return try sandboxed(invocation) }
            guard let engine = context.containerEngine else { throw PipelineError.noContainerEngine(.init(step)) }
            invocation.arguments = containerArguments(image, shell: shell, variables: invocation.variables)
            invocation.program = engine.string
            invocation.directory = "/"
            return invocation
        case .sandbox, .hermetic:
            return try sandboxed(invocation)
        }
    }

    private func sandboxed(_ invocation: Invocation) throws -> Invocation {
        try context.sandbox?.wrap(invocation, in: specification) ?? invocation
    }

    private func variables() throws -> [String: String] {
        var variables = context.baseVariables
        variables.merge(step.variables) { $1 }
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
            specification.readOnlyBinds += sourceMounts.map { .init(source: $0.data, target: $0.place) }
            specification.writableBinds += ownCopies.map { .init(source: $0.data, target: $0.place) }
        }
        // A socket that is not there cannot be shown; the step says that it cannot connect.
        let sockets = sourceAccess.compactMap(\.socket).filter(FileSystem.exists)
        specification.readOnlyBinds += sockets.map { .init($0) }
        specification.read += step.readPaths.map(expanded)
        specification.writableBinds += step.writePaths.map { .init(expanded($0)) }
        if let trace { specification.writableBinds.append(.init(trace.directory)) }
        if (step.resources.gpus ?? 0) > 0 { specification.gpus = true }
        return specification
    }

    private var sourceAccess: [SourceAccess] {
        context.graph.sources(of: step.id).compactMap { context.sourceAccess[$0] }
    }

    private var sourceMounts: [(data: FilePath, place: FilePath)] {
        mounts { !$0.isWritable } + context.graph.sources.flatMap(\.covers).map { ($0.source, $0.target) }
    }

    /// The environment's own copies of writable sources whose live data stands in the workspace.
    private var ownCopies: [(data: FilePath, place: FilePath)] { mounts { $0.standIn != nil } }

    private func mounts(where isWanted: (SourceMount) -> Bool) -> [(data: FilePath, place: FilePath)] {
        zip(context.graph.sources, context.graph.sourcePaths).compactMap { source, path in
            guard let path, let data = source.realPath, isWanted(source) else { return nil }
            return (data, context.workspace.appending(path))
        }
    }

    /// Without a sandbox a step would find the live data at the path of a writable source, and change that.
    ///
    /// - Throws: `PipelineError.liveData`.
    func requireLiveDataIsHidden() throws(PipelineError) {
        guard isolation == .process, let source = context.graph.sources.first(where: { $0.standIn != nil }) else {
            return
        }
        throw .liveData(source: source.name, path: source.path ?? "", PipelineError.Place(step))
    }

    /// `~/x` is beneath the home directory.
    private func expanded(_ path: String) -> FilePath {
        path.hasPrefix("~/") ? context.sandboxBase.home.pushing(FilePath(String(path.dropFirst(2)))) : FilePath(path)
    }

    // MARK: - Containers

    /// Names the container, so that it can be ended when the engine's client is.
    var containerName: String {
        "headgate-" + ContentHash(of: context.run + "\n" + context.workspace.string + "\n" + step.id).prefix(16)
    }

    /// Sources: `podman-run(1)`, `docker run --help`.
    private func containerArguments(_ image: String, shell: [String], variables: [String: String]) -> [String] {
        var arguments = [
            "run", "--rm", "--init", "--name", containerName, "--cap-drop", "ALL", "--security-opt",
            "no-new-privileges", "--workdir", context.workspace.string,
            "--network", step.network ? "bridge" : "none",
        ]
        arguments += bind(context.workspace, at: context.workspace, isWritable: true)
        for directory in [context.workspace.appending(".git")] + context.sandboxBase.gitDirectories
        where FileSystem.exists(directory) {
            arguments += bind(directory, at: directory, isWritable: false)
        }
        for mount in sourceMounts { arguments += bind(mount.data, at: mount.place, isWritable: false) }
        for mount in ownCopies { arguments += bind(mount.data, at: mount.place, isWritable: true) }
        for socket in sourceAccess.compactMap(\.socket) where FileSystem.exists(socket) {
            arguments += bind(socket, at: socket, isWritable: false)
        }
        for path in step.readPaths { arguments += bind(expanded(path), at: expanded(path), isWritable: false) }
        for path in step.writePaths { arguments += bind(expanded(path), at: expanded(path), isWritable: true) }
        if CurrentProcess.userID != 0, context.containerEngine?.lastComponent?.string == "docker" {
            arguments += ["--user", String(CurrentProcess.userID)]
        }
        if let cpus = step.resources.cpus { arguments += ["--cpus", String(cpus)] }
        if let memory = step.resources.memory { arguments += ["--memory", String(memory.bytes)] }
        if let gpus = step.resources.gpus, gpus > 0 { arguments += ["--gpus", String(gpus)] }
        // By name only: values in arguments can be read by every user of the machine.
        for name in Set(step.variables.keys).union(step.secretVariables.keys).union(
            sourceAccess.flatMap(\.variables.keys)
        ).sorted() { arguments += ["--env", name] }
        return arguments + ["--entrypoint", shell.first ?? "sh", image] + shell.dropFirst() + [step.command]
    }

    private func bind(_ source: FilePath, at target: FilePath, isWritable: Bool) -> [String] {
        let mount = "type=bind,\"source=\(source)\",\"target=\(target)\"" + (isWritable ? "" : ",readonly")
        return ["--mount", mount]
    }
}
