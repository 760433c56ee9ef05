import Model

/// `headgate.runs/1`.
public struct RunsDocument: JSONDocument, Sendable {
    public static let noun = "runs"

    public struct Entry: Encodable, Sendable {
        public var run: String
        public var branch: String
        @OrNull public var commit: ObjectID?
        public var outcome: RunOutcome
        public var isolation: IsolationLevel
        public var started: String
        @OrNull public var finished: String?
    }

    public var runs: [Entry]

    public init(_ records: [RunRecord]) {
        runs = records.map {
            Entry(
                run: $0.id, branch: $0.branch.rawValue, commit: $0.commit, outcome: $0.outcome, isolation: $0.isolation,
                started: $0.started.rfc3339, finished: $0.finished?.rfc3339)
        }
    }
}
