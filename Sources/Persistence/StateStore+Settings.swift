import GRDB
import Model

extension StateStore {
    /// Returns what was recorded under `name`, such as the outcome of a probe, or `nil`.
    public func setting(_ name: String) throws -> String? {
        try read { try String.fetchOne($0, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name]) }
    }

    /// Records `value` under `name`; `nil` forgets it.
    public func set(_ name: String, to value: String?) throws {
        try write { database in
            guard let value else {
                return try database.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [name])
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", arguments: [name, value])
        }
    }
}
