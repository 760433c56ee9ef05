import Model

/// `headgate.merge/1`.
public struct MergeDocument: JSONDocument, Sendable {
    public static let noun = "merge"

    public struct VerdictShape: Encodable, Sendable {
        public var key: ContentHash
        public var outcome: VerdictOutcome
        public var reused: Bool

        public init(key: ContentHash, outcome: VerdictOutcome, reused: Bool) {
            self.key = key
            self.outcome = outcome
            self.reused = reused
        }
    }

    public var branch: String
    public var branchOid: ObjectID
    public var target: String
    public var targetOid: ObjectID
    public var method: MergeMethod
    @OrNull public var base: ObjectID?
    @OrNull public var candidate: ObjectID?
    @OrNull public var tree: ObjectID?
    public var conflicts: [String]
    @OrNull public var verdict: VerdictShape?
    public var landed: Bool
    @OrNull public var reason: String?
    public var reasons: [String]
    /// What opens a gate that is closed, one sentence each.
    public var remedies: [String]
    /// The id of the run that judged the candidate.
    @OrNull public var run: String?
    public var tests: [RunDocument.Test]

    public init(
        branch: String, branchOid: ObjectID, target: String, targetOid: ObjectID, method: MergeMethod, base: ObjectID?,
        candidate: ObjectID?, tree: ObjectID?, conflicts: [String], verdict: VerdictShape?, landed: Bool,
        reasons: [String], remedies: [String], run: String?, tests: [TestResult]
    ) {
        self.branch = branch
        self.branchOid = branchOid
        self.target = target
        self.targetOid = targetOid
        self.method = method
        _base = OrNull(wrappedValue: base)
        _candidate = OrNull(wrappedValue: candidate)
        _tree = OrNull(wrappedValue: tree)
        self.conflicts = conflicts
        _verdict = OrNull(wrappedValue: verdict)
        self.landed = landed
        _reason = OrNull(wrappedValue: reasons.first)
        self.reasons = reasons
        self.remedies = remedies
        _run = OrNull(wrappedValue: run)
        self.tests = tests.map(RunDocument.Test.init)
    }
}
