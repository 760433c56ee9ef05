import Model

/// `headgate.run/1`.
public struct RunDocument: JSONDocument, Sendable {
    public static let noun = "run"

    public struct Step: Encodable, Sendable {
        public var id: String
        public var state: StepState
        public var seconds: Double
        @OrNull public var key: ContentHash?
        @OrNull public var exit: Int32?
        @OrNull public var log: String?
        @OrNull public var message: String?
        public var attempts: Int
        /// Only of a traced step: the files that it opened without declaring them.
        public var undeclared: [String]?

        public init(_ result: StepResult) {
            id = result.id
            state = result.state
            seconds = result.seconds
            _key = OrNull(wrappedValue: result.key)
            _exit = OrNull(wrappedValue: result.exit)
            _log = OrNull(wrappedValue: result.log)
            _message = OrNull(wrappedValue: result.message)
            attempts = result.attempts
            undeclared = result.undeclared
        }
    }

    public struct Test: Encodable, Sendable {
        public var id: String
        public var subject: String
        public var check: String
        public var severity: Severity
        public var outcome: TestOutcome
        @OrNull public var value: Double?
        @OrNull public var failingRows: Int?
        public var message: String
        @OrNull public var baseline: TestBaseline?
        @OrNull public var proposal: ProposalShape?

        public init(_ result: TestResult) {
            id = result.id
            subject = result.subject.description
            check = result.check.rawValue
            severity = result.severity
            outcome = result.outcome
            _value = OrNull(wrappedValue: result.value)
            _failingRows = OrNull(wrappedValue: result.failingRows)
            message = result.message
            _baseline = OrNull(wrappedValue: result.baseline)
            _proposal = OrNull(wrappedValue: result.proposal.map { ProposalShape(id: $0.id, summary: $0.summary) })
        }
    }

    public struct ProposalShape: Encodable, Sendable {
        public var id: String
        public var summary: String
    }

    public struct VerdictShape: Encodable, Sendable {
        public var key: ContentHash
        public var outcome: VerdictOutcome

        public init(key: ContentHash, outcome: VerdictOutcome) {
            self.key = key
            self.outcome = outcome
        }
    }

    public var run: String
    public var environment: String
    public var outcome: RunOutcome
    public var isolation: IsolationLevel
    public var steps: [Step]
    public var tests: [Test]
    public var taints: [String]
    @OrNull public var verdict: VerdictShape?

    public init(_ record: RunRecord, verdict: VerdictShape? = nil) {
        run = record.id
        environment = record.branch.rawValue
        outcome = record.outcome
        isolation = record.isolation
        steps = record.steps.map(Step.init)
        tests = record.tests.map(Test.init)
        taints = record.taints
        _verdict = OrNull(wrappedValue: verdict)
    }
}
