import FoundationEssentials
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

    /// Returns the resolved graph kept under `hash`, or `nil`.
    public func resolvedGraph(_ hash: ContentHash) throws -> [UInt8]? {
        try read { database in
            try Row.fetchOne(
                database, sql: "SELECT content FROM resolved_graph WHERE hash = ?", arguments: [hash.hex]
            ).map { row in [UInt8](row[0] as Data) }
        }
    }

    /// Keeps a resolved graph under `hash`, and the newest `keeping` of all.
    public func saveResolvedGraph(
        _ content: [UInt8], under hash: ContentHash, at moment: Timestamp, keeping: Int = 50
    ) throws {
        try write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO resolved_graph (hash, saved, content) VALUES (?, ?, ?)",
                arguments: [hash.hex, moment.nanoseconds, Data(content)])
            try database.execute(
                sql: """
                    DELETE FROM resolved_graph WHERE hash NOT IN
                      (SELECT hash FROM resolved_graph ORDER BY saved DESC, rowid DESC LIMIT ?)
                    """, arguments: [keeping])
        }
    }
}
