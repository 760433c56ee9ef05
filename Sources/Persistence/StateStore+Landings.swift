import GRDB
import Model

extension StateStore {
    /// Records a landing, override, acceptance or bootstrap. Landings are only ever added.
    public func insert(_ landing: LandingRecord) throws {
        try write { database in
            try database.execute(
                sql: "INSERT INTO landing (branch, commit_id, record) VALUES (?, ?, ?)",
                arguments: [landing.branch.rawValue, landing.commit.hex, try jsonText(landing)])
        }
    }

    /// Returns the landings on `branch`, the newest first.
    public func landings(on branch: BranchName, limit: Int? = nil) throws -> [LandingRecord] {
        try landings("WHERE branch = ? ORDER BY number DESC LIMIT ?", [branch.rawValue, limit ?? -1])
    }

    /// Returns the landings of `commit` on any branch, the newest first.
    public func landings(of commit: ObjectID) throws -> [LandingRecord] {
        try landings("WHERE commit_id = ? ORDER BY number DESC", [commit.hex])
    }

    private func landings(_ selection: String, _ arguments: StatementArguments) throws -> [LandingRecord] {
        try read { database in
            try String.fetchAll(database, sql: "SELECT record FROM landing " + selection, arguments: arguments)
                .map { try fromJSON(LandingRecord.self, $0, in: "landing") }
        }
    }
}
