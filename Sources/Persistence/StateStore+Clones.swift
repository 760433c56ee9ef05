import GRDB
import Model

extension StateStore {
    /// Records a clone before it is made, or as it is now.
    public func put(_ clone: DataClone) throws {
        try write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO clone (name, record) VALUES (?, ?)",
                arguments: [clone.name, try jsonText(clone)])
        }
    }

    /// Returns all clones in the order of their names.
    public func clones() throws -> [DataClone] {
        try read { database in
            try String.fetchAll(database, sql: "SELECT record FROM clone ORDER BY name")
                .map { try fromJSON(DataClone.self, $0, in: "clone") }
        }
    }

    /// Forgets a clone that was dropped; none there is fine.
    public func forgetClone(_ name: String) throws {
        try write { try $0.execute(sql: "DELETE FROM clone WHERE name = ?", arguments: [name]) }
    }
}
