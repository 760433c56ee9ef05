import Configuration
import DataTests
import Git
import HostSystem
import Model
import Persistence
import Pipelines
import Snapshots
import SystemPackage

/// A pipeline about to be planned or run: one working tree, one configuration, one set of pins.
struct PreparedPipeline: Sendable {
    let project: Project
    let root: FilePath
    let loaded: LoadedConfiguration
    let git: GitProgram
    let branch: BranchName
    let pins: [Pin]
    let pipeline: ResolvedPipeline
    let engine: PipelineEngine
    let isolation: IsolationProbe.Answer
    let run: String
    /// Whether a data test depends on when it is run, so that an earlier verdict does not answer for it.
    let testsReadClock: Bool

    /// What distinguishes one run from another beside the working tree.
    struct Request: Sendable {
        var parameters: [String: String] = [:]
        var variation: String?
        /// Where a run that finds everything up to date keeps what it saw; `nil` for a run of a part.
        /// What the last run saw here.
        var earlier: EarlierRun?
        /// Identifies a run of everything as it is configured, whose repetitions need not be decided step by step.
        var fingerprint: ContentHash?
        /// A candidate is judged under the target's rule, without a local layer.
        var usesLocalLayer = true
        var mayUseCache: @Sendable (ResolvedStep) -> CacheDecision = { _ in .allowed }
        /// See `PipelineContext.takesOnlySelfContained`.
        var takesOnlySelfContained = false
        /// Further tests, by subject: the target's own definitions of tests that a branch changed.
        var extraTests: [PlacedExtraTest] = []
        /// Whether each step without an image is shown nothing but its declared inputs.
        var isHermetic = false
        /// Whether each step is watched for files that it opens without declaring them.
        var isTraced = false
    }

    /// A test that is run beside the configuration's own and reported apart.
    struct PlacedExtraTest: Sendable {
        let subject: TestSubject
        let test: DataTest
    }

    /// - Parameters:
    ///   - key: names the working tree in the step memory for as long as it exists.
    ///   - owner: whose clones of sources in systems of their own steps use.
    ///   - extra: hears the results of the request's extra tests.
    init(
        project: Project, root: FilePath, key: String, loaded: LoadedConfiguration, git: GitProgram, branch: BranchName,
        ports: [String: Int], pins: [Pin], owner: DataClone.Owner, request: Request,
        extra: @escaping @Sendable ([TestResult]) -> Void = { _ in }
    ) async throws {
        self.project = project
        self.root = root
        self.loaded = loaded
        self.git = git
        self.branch = branch
        self.pins = pins
        run = RunIdentifier.make(at: project.host.time.now())
        let configuration = loaded.configuration
        let context = ResolutionContext(
            branch: branch, environmentName: branch.slug, ports: ports,
            local: request.usesLocalLayer ? loaded.local : nil,
            variation: request.variation, overrides: request.parameters)
        isolation = try await IsolationProbe(project: project)()
        var pipeline = try ConfigurationResolver.resolve(configuration, in: context)
        if request.isHermetic {
            if isolation.sandbox == nil { throw ProjectError.noSandbox(isolation.reason, remedy: isolation.remedy) }
            for index in pipeline.steps.indices { pipeline.steps[index].isolation = .hermetic }
        }
        self.pipeline = pipeline
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: branch)
        let reach = try DataClones(project: project).reach(owner, of: pinning.sources, configuration)
        try Self.requireReachable(reach, pipeline, isolation)
        let mounts = try pinning.sources.map { source in
            var mount = try Self.mount(
                source, pins: pins, home: pinning.home(of: source, in: root), root: root, snapshots: pinning.snapshots,
                clone: reach[source.name]?.clone.name)
            mount.copy = try pinning.copyName(of: source, in: root)
            return mount
        }
        let workspacesRoot = project.workspacesRoot(configuration)
        let runFolder = project.layout.headgateDirectory.appending("logs").appending(run)
        var tested = configuration
        tested.sources = try ConfigurationResolver.resolveSources(configuration, in: context)
        let tests = DataTestRun(
            project: project, root: root, configuration: tested, pipeline: pipeline, mounts: mounts,
            folder: runFolder, extraTests: request.extraTests, extra: extra)
        testsReadClock = tests.readsClock
        var engineContext = PipelineContext(
            workspace: root, workspaceKey: key, graph: try PipelineGraph(pipeline, sources: mounts),
            store: project.store, hashCache: project.hashCache,
            cacheDirectory: workspacesRoot.appending(".store").appending("cache"), runFolder: runFolder, run: run,
            earlier: request.earlier, fingerprint: request.fingerprint,
            isolation: isolation.level, sandbox: isolation.sandbox,
            sandboxBase: Self.sandbox(project, root: root, workspacesRoot: workspacesRoot, configuration),
            containerEngine: Self.containerEngine(project, pipeline), runner: project.host.runner,
            baseVariables: Self.baseVariables(project, run: run),
            secrets: try Secrets(project, configuration).values(configuration.secrets),
            redactions: project.host.redactions,
            sourceAccess: reach.mapValues { SourceAccess(variables: $0.variables, socket: $0.socket) },
            time: project.host.time, faults: project.host.faults, copyLimit: configuration.store.copyLimit,
            trackedFiles: { try await git.trackedFiles() },
            differences: { [git, pipeline] in
                try await git.differences(accounting: configuration, pipeline)
            },
            takesOnlySelfContained: request.takesOnlySelfContained,
            tests: { subject, outputs in await tests.results(of: subject, outputs: outputs) },
            hasTests: tests.hasTests, mayUseCache: request.mayUseCache)
        engineContext.isLeftOut = { try await git.isLeftOut($0) }
        engineContext.containerVariables = Self.containerVariables(project.host)
        if request.isTraced {
            guard let tracer = CommandRunner.locate("strace", variables: project.host.variables) else {
                throw ProjectError.noTracer
            }
            engineContext.tracer = tracer
        }
        engine = PipelineEngine(context: engineContext)
    }

    /// Whether a step runs outside a sandbox, so that what it starts in a session of its own outlives it.
    var mayLeaveProcesses: Bool {
        isolation.sandbox == nil || pipeline.setup != nil || pipeline.steps.contains { $0.isolation == .process }
    }

    /// The pinned sources whose files are no longer as they were pinned, each as one sentence.
    ///
    /// - Parameter asking: whether commands that stand for sources are run, too.
    func changedPins(asking: Bool) async throws -> [String] {
        let snapshots = SourcePinning.snapshots(project, loaded.configuration)
        var sentences = asking ? try await changedFingerprints() : []
        for pin in pins where pin.kind.isOfFiles {
            for change in try await snapshots.verify(pin).prefix(10) {
                if pin.kind != .inPlace {
                    sentences.append("\(change.summary) in the pinned copy of \(pin.source); run `headgate env update`")
                    continue
                }
                let place = pin.isSingleFile ? FilePath(pin.location).removingLastComponent().string : pin.location
                sentences.append(
                    "\(place)/\(change.summary) since it was pinned at \(pin.pinnedAt.rfc3339); run `headgate env update`"
                )
            }
        }
        return sentences
    }

    /// The data that commands stand for and that is no longer what they said of it; each as one sentence.
    private func changedFingerprints() async throws -> [String] {
        let fingerprints = pins.filter { $0.kind == .fingerprint }
        if fingerprints.isEmpty { return [] }
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: branch)
        let commands = CommandClones(clones: DataClones(project: project))
        var sentences: [String] = []
        for pin in fingerprints {
            // A branch of the data of its own stays as it was when it was made.
            guard let source = pinning.sources.first(where: { $0.name == pin.source }), !source.isCloned else {
                continue
            }
            let now = try await commands.fingerprint(source, in: pinning.clonePlace(in: root))
            if now != pin.fingerprint {
                sentences.append(
                    "\(pin.source) changed since it was pinned at \(pin.pinnedAt.rfc3339); run `headgate env update`")
            }
        }
        return sentences
    }

    /// A step that names a source whose database is on the network needs the network.
    private static func requireReachable(
        _ reach: [String: DataClones.Reach], _ pipeline: ResolvedPipeline, _ isolation: IsolationProbe.Answer
    ) throws {
        guard isolation.sandbox != nil else { return }
        for step in pipeline.steps where !step.network && step.isolation != .process {
            for name in step.needs {
                guard let endpoint = reach[name]?.networkEndpoint else { continue }
                throw PostgresError.needsNetwork(step: step.group, source: name, endpoint: endpoint)
            }
        }
    }

    private static func mount(
        _ source: Source, pins: [Pin], home: FilePath?, root: FilePath, snapshots: SnapshotStore, clone: String?
    ) throws -> SourceMount {
        guard source.kind.isOfFiles else {
            return SourceMount(
                name: source.name, path: nil, realPath: nil, nulls: source.nulls,
                pin: pins.first { $0.source == source.name }, clone: clone)
        }
        let pin = pins.first { $0.source == source.name }
        let standIn = source.isWritable && home != root ? home : nil
        var own = source.isWritable ? source.path.map { (home ?? root).appending($0) } : nil
        // Before it is made, it is what was pinned.
        if standIn != nil, let path = own, !FileSystem.exists(path) { own = nil }
        var mount = SourceMount(
            name: source.name, path: source.path, realPath: own ?? pin.map(snapshots.dataPath),
            isWritable: source.isWritable, standIn: standIn, nulls: source.nulls, pin: pin)
        if home == nil { mount.covers = try covers(of: source, in: root, snapshots) }
        return mount
    }

    /// An empty file over each log that stands beside the live database in whose place its pin is shown.
    private static func covers(
        of source: Source, in root: FilePath, _ snapshots: SnapshotStore
    ) throws -> [SandboxSpecification.Mount] {
        guard let path = source.path, source.kind.isDatabaseFile else { return [] }
        let logs = ["-wal", "-journal", ".wal"].map { root.appending(path + $0) }.filter(FileSystem.exists)
        if logs.isEmpty { return [] }
        let nothing = snapshots.root.appending(".nothing")
        if try FileSystem.status(nothing) == nil { try FileSystem.replace(nothing, withText: "", mode: 0o444) }
        return logs.map { .init(source: nothing, target: $0) }
    }

    private static func sandbox(
        _ project: Project, root: FilePath, workspacesRoot: FilePath, _ configuration: ProjectConfiguration
    ) -> SandboxSpecification {
        let path = (project.host.variables["PATH"] ?? "").split(separator: ":").map { FilePath(String($0)) }
        let tools = project.host.parts.tools.map { [$0.removingLastComponent()] } ?? []
        return SandboxSpecification(
            workspace: root, workspacesRoot: workspacesRoot,
            gitDirectories: [project.layout.commonDirectory, root.appending(".git")],
            read: tools + configuration.sandbox.read.map(project.expandingHome),
            network: configuration.sandbox.network ?? false, toolDirectories: path, home: project.host.home)
    }

    /// podman or docker, whichever is there; not looked for where no step has an image.
    private static func containerEngine(_ project: Project, _ pipeline: ResolvedPipeline) -> FilePath? {
        guard pipeline.steps.contains(where: { $0.image != nil }) else { return nil }
        let variables = project.host.variables
        return CommandRunner.locate("podman", variables: variables)
            ?? CommandRunner.locate("docker", variables: variables)
    }

    /// The variables of the container engine's client: what it finds its daemon, its images and its settings by.
    static func containerVariables(_ host: Host) -> [String: String] {
        let names: Set<String> = [
            "PATH", "HOME", "LANG", "USER", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
            "DBUS_SESSION_BUS_ADDRESS", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY",
            "DOCKER_CERT_PATH", "CONTAINER_HOST", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF",
            "CONTAINERS_REGISTRIES_CONF", "REGISTRY_AUTH_FILE",
        ]
        return host.variables.filter { names.contains($0.key) }
    }

    /// The variables every step has: an allow-list, with the tools that come with Headgate first on PATH.
    private static func baseVariables(_ project: Project, run: String) -> [String: String] {
        let inherited: Set<String> = ["PATH", "HOME", "LANG", "TZ", "TERM", "USER", "TMPDIR"]
        var variables = project.host.variables.filter { inherited.contains($0.key) || $0.key.hasPrefix("LC_") }
        if let tools = project.host.parts.tools {
            variables["PATH"] = tools.string + ":" + (variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        }
        // A step without a sandbox goes on when Headgate is killed, and must be found. So must a sandbox that was only
        // being set up at that moment and had not yet asked to end with Headgate.
        variables[Project.runVariable] = run
        return variables
    }
}

/// Names runs such that a list of names is a list in time: `20260312-091204-3f2a`.
enum RunIdentifier {
    static func make(at moment: Timestamp) -> String {
        let digits = moment.rfc3339.filter(\.isNumber)
        let random = String(UInt16.random(in: .min ... .max), radix: 16)
        return "\(digits.prefix(8))-\(digits.suffix(6))-\(String(repeating: "0", count: 4 - random.count))\(random)"
    }
}

extension PreparedPipeline {
    /// Each pinned source that must not be written, over the place where it is seen.
    var readOnlyMounts: [SandboxSpecification.Mount] {
        engine.context.graph.sources.compactMap { source -> SandboxSpecification.Mount? in
            guard let path = source.path, let real = source.realPath, !source.isWritable else { return nil }
            let place = root.appending(path)
            let isLink = (try? FileSystem.status(place)?.kind) == .symbolicLink  // What is not there is no link.
            return isLink ? .init(real) : .init(source: real, target: place)
        } + engine.context.graph.sources.flatMap(\.covers)
    }
}
