import GRDB
import Model

extension StateStore {
    /// Records an entry of the trash; one of the same operation is replaced, so that the step may be repeated.
    ///
    /// The environment's row stays; `delete` forgets it, best in the same transaction.
    public func insert(_ entry: TrashEntry) throws {
        try write { database in
            try database.execute(
                sql:
                    "INSERT OR REPLACE INTO trash (operation, branch, removed, expires, record) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    entry.operation, entry.branch.rawValue, entry.removed.nanoseconds, entry.expires.nanoseconds,
                    try jsonText(entry),
                ])
        }
    }

    /// Returns the newest entry of `branch`, or `nil`.
    public func trashEntry(for branch: BranchName) throws -> TrashEntry? {
        try trash(where: "branch = ?", [branch.rawValue]).first
    }

    /// Returns the entry of an operation, or `nil`.
    public func trashEntry(operation: String) throws -> TrashEntry? {
        try trash(where: "operation = ?", [operation]).first
    }

    /// Returns all entries, the newest first.
    public func trash() throws -> [TrashEntry] {
        try trash(where: "TRUE", [])
    }

    /// Returns the entries whose time is over at `moment`, the newest first.
    public func expiredTrash(at moment: Timestamp) throws -> [TrashEntry] {
        try trash(where: "expires <= ?", [moment.nanoseconds])
    }

    /// Forgets an entry; none there is fine.
    public func deleteTrashEntry(_ operation: String) throws {
        try write { try $0.execute(sql: "DELETE FROM trash WHERE operation = ?", arguments: [operation]) }
    }

    private func trash(where condition: String, _ arguments: StatementArguments) throws -> [TrashEntry] {
        try read { database in
            let texts = try String.fetchAll(
                database, sql: "SELECT record FROM trash WHERE \(condition) ORDER BY removed DESC, operation DESC",
                arguments: arguments)
            return try texts.map { try fromJSON(TrashEntry.self, $0, in: "trash") }
        }
    }
}
