import GRDB
import Model

extension StateStore {
    /// Records that a workflow begins.
    public func begin(_ operation: Operation) throws {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO operation
                      (id, kind, subject, payload, started, last_step, process, boot, process_start)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    operation.id, operation.kind, operation.subject, try jsonText(operation.payload),
                    operation.started.nanoseconds, operation.lastStep, operation.owner.process, operation.owner.boot,
                    operation.owner.start,
                ])
        }
    }

    /// Records that `step` is finished.
    ///
    /// - Parameters:
    ///   - payload: what recovery needs to know besides; added to what is recorded.
    ///   - isSynced: whether it must outlast a power cut; what is not synced outlasts a killed process.
    /// - Throws: `noOperation`.
    public func advance(
        _ id: String, to step: String, adding payload: [String: String] = [:], isSynced: Bool = true
    ) throws {
        try write(isSynced: isSynced) { database in
            guard
                let text = try String.fetchOne(
                    database, sql: "SELECT payload FROM operation WHERE id = ?", arguments: [id])
            else { throw PersistenceError.noOperation(id) }
            let known = try fromJSON([String: String].self, text, in: "operation")
            try database.execute(
                sql: "UPDATE operation SET last_step = ?, payload = ? WHERE id = ?",
                arguments: [step, try jsonText(known.merging(payload) { _, new in new }), id])
        }
    }

    /// Makes `owner` responsible for an operation whose process has ended.
    ///
    /// - Returns: whether it is this owner's now; false when another process was quicker, or still works on it.
    public func takeOver(_ id: String, by owner: ProcessOwner) throws -> Bool {
        try write { database in
            guard let operation = try loadOperations(from: database, where: "id = ?", [id]).first else { return false }
            if operation.owner == owner { return true }
            if operation.isOwnerAlive { return false }
            try database.execute(
                sql: "UPDATE operation SET process = ?, boot = ?, process_start = ? WHERE id = ?",
                arguments: [owner.process, owner.boot, owner.start, id])
            return true
        }
    }

    /// Forgets an operation that is done or undone; none there is fine.
    public func finish(_ id: String) throws {
        try write { try $0.execute(sql: "DELETE FROM operation WHERE id = ?", arguments: [id]) }
    }

    /// Returns the operations under way or cut short, the oldest first.
    public func unfinished() throws -> [Operation] {
        try read { try loadOperations(from: $0) }
    }

    /// Returns the operation `id`, or `nil` when it is done.
    public func operation(_ id: String) throws -> Operation? {
        try read { try loadOperations(from: $0, where: "id = ?", [id]).first }
    }
}

private func loadOperations(
    from database: Database, where condition: String = "TRUE", _ arguments: StatementArguments = []
) throws -> [Operation] {
    let rows = try Row.fetchAll(
        database,
        sql: """
            SELECT id, kind, subject, payload, started, last_step, process, boot, process_start
            FROM operation WHERE \(condition) ORDER BY started, id
            """, arguments: arguments)
    return try rows.map { row in
        Operation(
            id: row[0], kind: row[1], subject: row[2],
            payload: try fromJSON([String: String].self, row[3], in: "operation"),
            started: Timestamp(nanoseconds: row[4]), lastStep: row[5],
            owner: ProcessOwner(process: row[6], boot: row[7], start: row[8]))
    }
}
