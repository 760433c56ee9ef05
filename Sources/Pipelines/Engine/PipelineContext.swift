import HostSystem
import Model
import Persistence
import SystemPackage

/// Everything that a run of the pipeline uses and does not decide.
public struct PipelineContext: Sendable {
    /// The root of the working tree, absolute, links resolved.
    public var workspace: FilePath
    /// Names the workspace in the step memory for as long as it exists.
    public var workspaceKey: String
    public var graph: PipelineGraph
    public var store: StateStore
    public var hashCache: HashCache
    /// Step outputs by content: `<workspaces root>/.store/cache`.
    public var cacheDirectory: FilePath
    /// Where this run's logs and set-aside outputs go: `<git common dir>/headgate/logs/<run>`.
    public var runFolder: FilePath
    /// The run's id.
    public var run: String
    /// What the last run saw here, and where this one keeps what it sees; `nil`: everything is looked at.
    public var earlier: EarlierRun?
    /// See `EarlierRun.report(for:width:)`; `nil`: what this run sees is not kept.
    public var fingerprint: ContentHash?
    /// How far steps are shut off where they do not say otherwise.
    public var isolation: IsolationLevel
    /// The sandbox's program; `nil` where it does not work: then every step runs at `.process`.
    public var sandbox: Sandbox?
    /// What every step may see; sources, network and the step's own paths are added to it.
    public var sandboxBase: SandboxSpecification
    /// podman or docker, absolute; `nil`: a step with an image fails.
    public var containerEngine: FilePath?
    /// What the engine's client itself is given, which no container sees: where its daemon and its files are.
    public var containerVariables: [String: String] = [:]
    /// Whom the files belong to that steps make.
    var user = ContainerUser.Account(user: CurrentProcess.userID, group: CurrentProcess.groupID)
    /// The program strace, absolute, where steps are to be watched for files that they do not declare.
    public var tracer: FilePath?
    /// For steps that ask for a number of processors.
    public var processors: Processors
    public var runner: CommandRunner
    /// The variables every step has: PATH, HOME, LANG and others from the allow-list.
    public var baseVariables: [String: String]
    /// Secret's name → value. Values reach processes only and are redacted in logs.
    public var secrets: [String: String] { didSet { secrets.values.forEach(redactions.add) } }
    /// What is replaced in logs; the secrets are added to it.
    public var redactions: Redactions
    /// How steps reach sources that lie in systems of their own, by source.
    public var sourceAccess: [String: SourceAccess]
    public var time: TimeSource
    public var faults: FaultPoints
    /// A file larger than this is not copied into the cache where the disk has no reflinks.
    public var copyLimit: ByteCount
    /// Such as `linux-x86_64`; part of every key.
    public var platform: String
    /// Lists the tracked files, on which a step without declared inputs depends. Called at most once a run.
    public var trackedFiles: @Sendable () async throws -> [FilePath]
    /// Whether a sparse checkout keeps a tracked file out of the workspace.
    public var isLeftOut: @Sendable (FilePath) async throws -> Bool = { _ in false }
    /// Says what stands in the workspace and not so in its commit. Called at most once a run.
    public var differences: @Sendable () async throws -> WorkspaceDifferences
    /// Whether only results are taken from the cache that a clean checkout is known to give as well.
    public var takesOnlySelfContained: Bool
    /// Runs the data tests of a source before a step reads it, and of a step's outputs right after it.
    public var tests: @Sendable (TestSubject, [StepOutput]) async -> [TestResult]
    /// Whether a subject has tests, so that `tests` is asked; `nil`: it is always asked. Answering spares a run in
    /// which nothing is done a task for each step.
    public var hasTests: (@Sendable (TestSubject) -> Bool)?
    /// Decides whether an earlier result of the step may stand for running it.
    public var mayUseCache: @Sendable (ResolvedStep) -> CacheDecision

    public init(
        workspace: FilePath, workspaceKey: String, graph: PipelineGraph, store: StateStore, hashCache: HashCache,
        cacheDirectory: FilePath, runFolder: FilePath, run: String, earlier: EarlierRun? = nil,
        fingerprint: ContentHash? = nil,
        isolation: IsolationLevel, sandbox: Sandbox?, sandboxBase: SandboxSpecification,
        containerEngine: FilePath? = nil,
        runner: CommandRunner = CommandRunner(), baseVariables: [String: String], secrets: [String: String] = [:],
        redactions: Redactions = Redactions(), sourceAccess: [String: SourceAccess] = [:],
        time: TimeSource = .system, faults: FaultPoints = .none, copyLimit: ByteCount = ByteCount(2_000_000_000),
        platform: String = PipelineContext.hostPlatform,
        trackedFiles: @escaping @Sendable () async throws -> [FilePath] = { [] },
        differences: @escaping @Sendable () async throws -> WorkspaceDifferences = { .init() },
        takesOnlySelfContained: Bool = false,
        tests: @escaping @Sendable (TestSubject, [StepOutput]) async -> [TestResult] = { _, _ in [] },
        hasTests: (@Sendable (TestSubject) -> Bool)? = nil,
        mayUseCache: @escaping @Sendable (ResolvedStep) -> CacheDecision = { _ in .allowed }
    ) {
        self.workspace = workspace
        self.workspaceKey = workspaceKey
        self.graph = graph
        self.store = store
        self.hashCache = hashCache
        self.cacheDirectory = cacheDirectory
        self.runFolder = runFolder
        self.run = run
        self.earlier = earlier
        self.fingerprint = fingerprint
        self.isolation = isolation
        self.sandbox = sandbox
        self.sandboxBase = sandboxBase
        self.containerEngine = containerEngine
        processors = Processors(variables: baseVariables)
        self.runner = runner
        self.baseVariables = baseVariables
        self.secrets = secrets
        self.redactions = redactions
        self.sourceAccess = sourceAccess
        secrets.values.forEach(redactions.add)
        self.time = time
        self.faults = faults
        self.copyLimit = copyLimit
        self.platform = platform
        self.trackedFiles = trackedFiles
        self.differences = differences
        self.takesOnlySelfContained = takesOnlySelfContained
        self.tests = tests
        self.hasTests = hasTests
        self.mayUseCache = mayUseCache
    }

    /// `~/x` is beneath the home directory.
    func expandingHome(_ path: String) -> FilePath {
        path.hasPrefix("~/") ? sandboxBase.home.pushing(FilePath(String(path.dropFirst(2)))) : FilePath(path)
    }

    /// Whether a result of the cache may stand for running its step.
    func takes(_ result: CachedResult) -> Bool { result.isSelfContained || !takesOnlySelfContained }

    /// The platform this program was built for.
    public static var hostPlatform: String {
        #if arch(arm64)
            "linux-arm64"
        #else
            "linux-x86_64"
        #endif
    }
}

/// How a step reaches a source that lies in a system of its own; only steps that need the source are given it.
public struct SourceAccess: Sendable, Hashable {
    /// Handed to the step's process, and shown nowhere.
    public var variables: [String: String]
    /// The server's Unix socket, shown in the sandbox.
    public var socket: FilePath?

    public init(variables: [String: String] = [:], socket: FilePath? = nil) {
        self.variables = variables
        self.socket = socket
    }
}

/// One declared output of a step, or the data of a source, as handed to the data tests.
public struct StepOutput: Sendable, Hashable {
    /// As declared, relative to the workspace.
    public var path: String
    /// Where it lies, absolute.
    public var location: FilePath
    /// The content's hash, of a directory with all names in it; `nil` for a source that was not hashed.
    public var hash: ContentHash?

    public init(path: String, location: FilePath, hash: ContentHash?) {
        self.path = path
        self.location = location
        self.hash = hash
    }
}

/// Whether an earlier result of a step may stand for running it.
public enum CacheDecision: Sendable, Hashable {
    case allowed
    /// The step must run because `because`, a tracked file that it may read without declaring it, changed.
    case refused(because: String)
}
