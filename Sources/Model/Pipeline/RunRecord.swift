/// How a run ended.
public enum RunOutcome: String, Hashable, Sendable, Codable {
    case running
    case passed
    case passedWithWarnings = "passed-with-warnings"
    case failed
    case interrupted
    /// The process was killed; found by recovery.
    case lost
}

/// One execution of the pipeline.
public struct RunRecord: Hashable, Sendable, Codable {
    /// Sortable: `20260312-091204-3f2a`.
    public var id: String
    /// The environment's branch, or a candidate's target.
    public var branch: BranchName
    public var commit: ObjectID?
    public var started: Timestamp
    public var finished: Timestamp?
    public var outcome: RunOutcome
    public var isolation: IsolationLevel
    public var steps: [StepResult]
    public var tests: [TestResult]
    /// What makes the run unfit for a verdict, each as one sentence; empty for a clean run.
    public var taints: [String]
    public var fingerprint: ContentHash?

    public init(
        id: String, branch: BranchName, commit: ObjectID?, started: Timestamp, finished: Timestamp? = nil,
        outcome: RunOutcome = .running, isolation: IsolationLevel, steps: [StepResult] = [], tests: [TestResult] = [],
        taints: [String] = [], fingerprint: ContentHash? = nil
    ) {
        self.id = id
        self.branch = branch
        self.commit = commit
        self.started = started
        self.finished = finished
        self.outcome = outcome
        self.isolation = isolation
        self.steps = steps
        self.tests = tests
        self.taints = taints
        self.fingerprint = fingerprint
    }
}
