import GRDB
import Model

extension StateStore {
    /// Records a verdict. Verdicts are only ever added; the newest of a key is the one that holds.
    public func insert(_ verdict: Verdict) throws {
        try write { database in
            try database.execute(
                sql: "INSERT INTO verdict (key, target, record) VALUES (?, ?, ?)",
                arguments: [verdict.key.hex, verdict.target.rawValue, try jsonText(verdict)])
        }
    }

    /// Returns the verdict recorded last under `key`, or `nil`.
    public func verdict(key: ContentHash) throws -> Verdict? {
        try verdicts("WHERE key = ? ORDER BY number DESC LIMIT 1", [key.hex]).first
    }

    /// Returns the verdict recorded last for a landing on `target`, or `nil`.
    public func latestVerdict(for target: BranchName) throws -> Verdict? {
        try verdicts("WHERE target = ? ORDER BY number DESC LIMIT 1", [target.rawValue]).first
    }

    /// Returns the verdict recorded last for a landing of `commit`, the tip of a branch, on `target`, or `nil`.
    public func latestVerdict(for target: BranchName, judging commit: ObjectID) throws -> Verdict? {
        try verdicts(
            "WHERE target = ? AND json_extract(record, '$.branchCommit') = ? ORDER BY number DESC LIMIT 1",
            [target.rawValue, commit.hex]
        ).first
    }

    private func verdicts(_ selection: String, _ arguments: StatementArguments) throws -> [Verdict] {
        try read { database in
            try String.fetchAll(database, sql: "SELECT record FROM verdict " + selection, arguments: arguments)
                .map { try fromJSON(Verdict.self, $0, in: "verdict") }
        }
    }
}
