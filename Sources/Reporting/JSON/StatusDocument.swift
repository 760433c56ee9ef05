import Model

/// `headgate.status/1`.
public struct StatusDocument: JSONDocument, Sendable {
    public static let noun = "status"

    public struct Environment: Encodable, Sendable {
        public var branch: String
        public var state: String
        @OrNull public var workspace: String?
        @OrNull public var fingerprint: ContentHash?
        public var isolation: IsolationLevel

        public init(
            branch: String, state: String, workspace: String?, fingerprint: ContentHash?, isolation: IsolationLevel
        ) {
            self.branch = branch
            self.state = state
            _workspace = OrNull(wrappedValue: workspace)
            _fingerprint = OrNull(wrappedValue: fingerprint)
            self.isolation = isolation
        }
    }

    public struct Steps: Encodable, Sendable {
        public var upToDate: Int
        public var outOfDate: Int
        public var failed: Int

        public init(upToDate: Int, outOfDate: Int, failed: Int) {
            self.upToDate = upToDate
            self.outOfDate = outOfDate
            self.failed = failed
        }
    }

    public struct Gate: Encodable, Sendable {
        @OrNull public var target: String?
        @OrNull public var verdict: VerdictOutcome?
        @OrNull public var reason: String?

        public init(target: String?, verdict: VerdictOutcome?, reason: String?) {
            _target = OrNull(wrappedValue: target)
            _verdict = OrNull(wrappedValue: verdict)
            _reason = OrNull(wrappedValue: reason)
        }
    }

    public struct Audit: Encodable, Sendable {
        public var ungated: [ObjectID]
        public var unverified: [ObjectID]
        public var rewound: [String]

        public init(ungated: [ObjectID], unverified: [ObjectID], rewound: [String]) {
            self.ungated = ungated
            self.unverified = unverified
            self.rewound = rewound
        }
    }

    /// Nothing can be published yet, so the key is always `null`.
    public struct Production: Encodable, Sendable {}

    public var project: String
    @OrNull public var branch: String?
    @OrNull public var environment: Environment?
    public var steps: Steps
    public var gate: Gate
    public var audit: Audit
    @OrNull public var production: Production?

    public init(project: String, branch: String?, environment: Environment?, steps: Steps, gate: Gate, audit: Audit) {
        self.project = project
        _branch = OrNull(wrappedValue: branch)
        _environment = OrNull(wrappedValue: environment)
        self.steps = steps
        self.gate = gate
        self.audit = audit
        _production = OrNull(wrappedValue: nil)
    }
}
