import Model
import SystemPackage

/// What a run of the pipeline did.
public struct PipelineReport: Sendable, Hashable {
    /// One for each selected step, in the order of the graph.
    public var steps: [StepResult]
    /// In the order of the graph, the sources' first.
    public var tests: [TestResult]
    /// What makes the run unfit for a verdict, each as one sentence.
    public var taints: [String]
    /// What the cached steps would have taken.
    public var savedSeconds: Double
    /// Whether the run was cancelled before it was through.
    public var isInterrupted: Bool
    /// Files that stood where a step writes and that no run had made; they were moved, not removed.
    public var setAside: [SetAside]
    /// The weakest isolation that a step ran at; the context's where none ran.
    public var isolation: IsolationLevel

    /// A file or directory that was moved out of the way.
    public struct SetAside: Sendable, Hashable {
        /// Relative to the workspace.
        public var path: String
        /// Absolute.
        public var movedTo: FilePath

        public init(path: String, movedTo: FilePath) {
            self.path = path
            self.movedTo = movedTo
        }
    }

    public init(
        steps: [StepResult], tests: [TestResult] = [], taints: [String] = [], savedSeconds: Double = 0,
        isInterrupted: Bool = false, setAside: [SetAside] = [], isolation: IsolationLevel
    ) {
        self.steps = steps
        self.tests = tests
        self.taints = taints
        self.savedSeconds = savedSeconds
        self.isInterrupted = isInterrupted
        self.setAside = setAside
        self.isolation = isolation
    }

    /// Whether every step succeeded and no data test stopped the line.
    public var succeeded: Bool {
        !isInterrupted && !tests.contains(where: \.stopsTheLine)
            && steps.allSatisfy { [.ran, .cached, .upToDate].contains($0.state) }
    }
}

/// How a run is carried out.
public struct RunOptions: Sendable, Hashable {
    /// How many steps run at once.
    public var jobs: Int
    /// Which steps run whether or not they are up to date.
    public var force: Force
    /// These steps, by id or group, and all steps after them run as if forced.
    public var from: [String]
    /// Whether nothing more is started once a step has failed; otherwise everything runs that does not depend on it.
    public var failFast: Bool
    /// How long to wait before the first retry; twice as long before each further one, up to half a minute.
    public var retryDelay: TimeSpan

    /// Which steps run although they are up to date.
    public enum Force: Sendable, Hashable {
        case none, all
        case steps(Set<String>)
    }

    public init(
        jobs: Int, force: Force = .none, from: [String] = [], failFast: Bool = false,
        retryDelay: TimeSpan = TimeSpan(seconds: 1)
    ) {
        self.retryDelay = retryDelay
        self.jobs = max(1, jobs)
        self.force = force
        self.from = from
        self.failFast = failFast
    }
}

/// What happens during a run, as it happens; may come on any thread, one at a time.
public enum PipelineEvent: Sendable, Hashable {
    case stepStarted(id: String, attempt: Int, log: String)
    /// A step waits because another process is computing the same result.
    case stepWaiting(id: String)
    /// `tail` holds the last 20 lines of a failed step's log, `hint` what may mend it.
    case stepFinished(StepResult, tail: [String], hint: String?)
    case testFinished(TestResult)
    case progress(Progress)
    /// A sentence for people, said once.
    case note(String)

    /// How far the run is.
    public struct Progress: Sendable, Hashable {
        public var finished: Int
        public var running: Int
        public var total: Int

        public init(finished: Int, running: Int, total: Int) {
            self.finished = finished
            self.running = running
            self.total = total
        }
    }
}
