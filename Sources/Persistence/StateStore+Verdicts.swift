import GRDB
import Model

extension StateStore {
    /// Records a verdict. Verdicts are only ever added; the newest of a key is the one that holds.
    public func insert(_ verdict: Verdict) throws {
        try write { database in
            try database.execute(
                sql: "INSERT INTO verdict (key, tree, target, outcome, finished, record) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    verdict.key.hex, verdict.tree.hex, verdict.target.rawValue, verdict.outcome.rawValue,
                    verdict.finished.nanoseconds, try jsonText(verdict),
                ])
        }
    }

    /// Returns the verdict recorded last under `key`, or `nil`.
    public func verdict(key: ContentHash) throws -> Verdict? {
        try verdicts("WHERE key = ? ORDER BY number DESC LIMIT 1", [key.hex]).first
    }

    /// Returns all verdicts about `tree`, the newest first.
    public func verdicts(tree: ObjectID) throws -> [Verdict] {
        try verdicts("WHERE tree = ? ORDER BY number DESC", [tree.hex])
    }

    /// Returns the verdict recorded last for a landing on `target`, or `nil`.
    public func latestVerdict(for target: BranchName) throws -> Verdict? {
        try verdicts("WHERE target = ? ORDER BY number DESC LIMIT 1", [target.rawValue]).first
    }

    /// Returns the verdicts that finished at or after `moment`, the newest first.
    public func verdicts(since moment: Timestamp) throws -> [Verdict] {
        try verdicts("WHERE finished >= ? ORDER BY number DESC", [moment.nanoseconds])
    }

    private func verdicts(_ selection: String, _ arguments: StatementArguments) throws -> [Verdict] {
        try read { database in
            try String.fetchAll(database, sql: "SELECT record FROM verdict " + selection, arguments: arguments)
                .map { try fromJSON(Verdict.self, $0, in: "verdict") }
        }
    }
}
