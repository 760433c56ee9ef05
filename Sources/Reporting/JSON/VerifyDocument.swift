import Model

/// `headgate.verify/1`.
public struct VerifyDocument: JSONDocument, Sendable {
    public static let noun = "verify"

    public struct VerdictShape: Encodable, Sendable {
        public var key: ContentHash
        public var outcome: VerdictOutcome
        public var run: String
        public var finished: String
    }

    public var commit: ObjectID
    public var tree: ObjectID
    @OrNull public var verdict: VerdictShape?
    /// Parts of the key that were recomputed and differ.
    public var differing: [String]
    /// Parts that cannot be recomputed here.
    public var unknown: [String]
    public var holds: Bool

    public init(
        commit: ObjectID, tree: ObjectID, verdict: Verdict?, differing: [String], unknown: [String], holds: Bool
    ) {
        self.commit = commit
        self.tree = tree
        _verdict = OrNull(
            wrappedValue: verdict.map {
                VerdictShape(key: $0.key, outcome: $0.outcome, run: $0.run, finished: $0.finished.rfc3339)
            })
        self.differing = differing
        self.unknown = unknown
        self.holds = holds
    }
}
