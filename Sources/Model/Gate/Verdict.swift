/// The outcome of a full run and its tests. Only the first two may land.
public enum VerdictOutcome: String, Hashable, Sendable, Codable, CaseIterable {
    case pass
    case passWithWarnings = "pass-with-warnings"
    case fail, conflict, tainted, broken, absent

    public var mayLand: Bool { self == .pass || self == .passWithWarnings }
}

/// One test as a verdict keeps it: no rows.
public struct JudgedTest: Hashable, Sendable, Codable {
    public var id: String
    public var severity: Severity
    public var outcome: TestOutcome
    public var value: Double?

    public init(id: String, severity: Severity, outcome: TestOutcome, value: Double?) {
        self.id = id
        self.severity = severity
        self.outcome = outcome
        self.value = value
    }
}

/// Somebody's recorded word that a change of the tests or warnings was seen.
public struct Acknowledgement: Hashable, Sendable, Codable {
    public var id: String
    public var reason: String
    public var who: String

    public init(id: String, reason: String, who: String) {
        self.id = id
        self.reason = reason
        self.who = who
    }
}

/// The recorded outcome of a full run and its tests, bound to the content it judged.
public struct Verdict: Hashable, Sendable, Codable {
    /// The version of the format; a reader refuses a later one.
    public var format: Int
    public var key: ContentHash
    /// The parts the key was made of, by name.
    public var parts: [String: String]
    public var outcome: VerdictOutcome
    public var target: BranchName
    public var targetCommit: ObjectID
    public var branchCommit: ObjectID
    public var candidate: ObjectID
    public var tree: ObjectID
    public var method: MergeMethod
    public var tests: [JudgedTest]
    /// Step id → key.
    public var steps: [String: ContentHash]
    public var retried: [String]
    public var acknowledgements: [Acknowledgement]
    public var taints: [String]
    public var run: String
    public var who: String
    public var started: Timestamp
    public var finished: Timestamp
    public var toolVersion: String

    public init(
        format: Int = 1, key: ContentHash, parts: [String: String], outcome: VerdictOutcome, target: BranchName,
        targetCommit: ObjectID, branchCommit: ObjectID, candidate: ObjectID, tree: ObjectID, method: MergeMethod,
        tests: [JudgedTest], steps: [String: ContentHash], retried: [String] = [],
        acknowledgements: [Acknowledgement] = [], taints: [String] = [], run: String, who: String, started: Timestamp,
        finished: Timestamp, toolVersion: String
    ) {
        self.format = format
        self.key = key
        self.parts = parts
        self.outcome = outcome
        self.target = target
        self.targetCommit = targetCommit
        self.branchCommit = branchCommit
        self.candidate = candidate
        self.tree = tree
        self.method = method
        self.tests = tests
        self.steps = steps
        self.retried = retried
        self.acknowledgements = acknowledgements
        self.taints = taints
        self.run = run
        self.who = who
        self.started = started
        self.finished = finished
        self.toolVersion = toolVersion
    }

    /// Whether its outcome is one that its own tests and taints allow.
    ///
    /// One that lets a tree land although an error test did not pass was edited. A waived test is recorded as skipped.
    public var isConsistent: Bool {
        guard outcome.mayLand else { return true }
        return taints.isEmpty
            && !tests.contains { $0.outcome == .broken || $0.outcome == .failed && $0.severity == .error }
    }
}

/// Leave for one movement of one reference, given by landing and asked for by the reference-transaction hook.
public struct Permit: Hashable, Sendable, Codable {
    public var reference: String
    public var from: ObjectID
    public var to: ObjectID

    public init(reference: String, from: ObjectID, to: ObjectID) {
        self.reference = reference
        self.from = from
        self.to = to
    }
}

/// A movement of a protected branch that Headgate made or a person answered for.
public struct LandingRecord: Hashable, Sendable, Codable {
    /// How the branch came to move.
    public enum Kind: String, Hashable, Sendable, Codable {
        case landed, override, accepted, bootstrap
        /// A tip that an audit found in order.
        case audited
    }

    public var kind: Kind
    public var branch: BranchName
    /// The branch's tip before. For an accepted commit that the branch has lost: the tip that lacks it, else `nil`.
    public var from: ObjectID?
    public var commit: ObjectID
    public var tree: ObjectID
    public var verdict: ContentHash?
    public var who: String
    public var when: Timestamp
    public var reason: String?

    public init(
        kind: Kind, branch: BranchName, from: ObjectID?, commit: ObjectID, tree: ObjectID, verdict: ContentHash?,
        who: String, when: Timestamp, reason: String? = nil
    ) {
        self.kind = kind
        self.branch = branch
        self.from = from
        self.commit = commit
        self.tree = tree
        self.verdict = verdict
        self.who = who
        self.when = when
        self.reason = reason
    }
}
