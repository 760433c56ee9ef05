import GRDB
import Model

extension StateStore {
    /// Returns the results recorded under `keys`; a key that has none is left out.
    public func cachedResults(for keys: [ContentHash]) throws -> [ContentHash: CachedResult] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT outputs, seconds, made, run, isolation, is_hermetic, is_traced, is_alone FROM cached_result
                    WHERE key = ?
                    """)
            var results: [ContentHash: CachedResult] = [:]
            for key in keys {
                guard let row = try Row.fetchOne(statement, arguments: [key.hex]) else { continue }
                results[key] = CachedResult(
                    key: key,
                    outputs: try fromJSON([OutputEntry].self, row[0], in: "cached_result"),
                    seconds: row[1],
                    made: Timestamp(nanoseconds: row[2]),
                    run: row[3],
                    isolation: try required(IsolationLevel(rawValue: row[4]), "isolation", in: "cached_result"),
                    isHermetic: row[5],
                    isTracedClean: row[6], isAlone: row[7])
            }
            return results
        }
    }

    /// Records results of steps that succeeded, in one transaction; an earlier one of the same key is replaced.
    public func insert(_ results: [CachedResult]) throws {
        if results.isEmpty { return }
        try write { database in
            for result in results {
                try database.execute(sql: "DELETE FROM cached_result WHERE key = ?", arguments: [result.key.hex])
                try database.execute(
                    sql: """
                        INSERT INTO cached_result
                          (key, outputs, bytes, seconds, made, run, isolation, is_hermetic, is_traced, is_alone, used)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        result.key.hex, try jsonText(result.outputs), result.bytes, result.seconds,
                        result.made.nanoseconds, result.run, result.isolation.rawValue, result.isHermetic,
                        result.isTracedClean, result.isAlone, result.made.nanoseconds,
                    ])
                let insertion = try database.cachedStatement(
                    sql: "INSERT INTO cached_content (hash, key) VALUES (?, ?)")
                for hash in Set(result.outputs.compactMap(\.hash)) {
                    try insertion.execute(arguments: [hash.hex, result.key.hex])
                }
            }
        }
    }

    /// Records that the results of `keys` were put in place or found in place at `moment`.
    public func markUsed(_ keys: [ContentHash], at moment: Timestamp) throws {
        if keys.isEmpty { return }
        try write { database in
            let statement = try database.cachedStatement(sql: "UPDATE cached_result SET used = ? WHERE key = ?")
            for key in keys { try statement.execute(arguments: [moment.nanoseconds, key.hex]) }
        }
    }

    /// Returns all results, the least recently used first.
    public func cachedResultsByUse() throws -> [CachedResultUse] {
        try read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT key, bytes, used FROM cached_result ORDER BY used, key")
            return try rows.map { row in
                CachedResultUse(
                    key: try required(ContentHash(hex: row[0]), "key", in: "cached_result"), bytes: row[1],
                    used: Timestamp(nanoseconds: row[2]))
            }
        }
    }

    /// Forgets the results of `keys`.
    ///
    /// - Returns: the contents that no other result names any more, whose files may go.
    public func deleteCachedResults(_ keys: [ContentHash]) throws -> Set<ContentHash> {
        try write { database in
            var freed: Set<ContentHash> = []
            let contents = try database.cachedStatement(sql: "SELECT hash FROM cached_content WHERE key = ?")
            let others = try database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM cached_content WHERE hash = ?)")
            for key in keys {
                let hashes = try String.fetchAll(contents, arguments: [key.hex])
                try database.execute(sql: "DELETE FROM cached_result WHERE key = ?", arguments: [key.hex])
                for text in hashes where try Bool.fetchOne(others, arguments: [text]) == false {
                    freed.insert(try required(ContentHash(hex: text), "hash", in: "cached_content"))
                }
            }
            return freed
        }
    }

    /// Returns every content that a recorded result names.
    public func namedContents() throws -> Set<ContentHash> {
        try read { database in
            Set(
                try String.fetchAll(database, sql: "SELECT DISTINCT hash FROM cached_content")
                    .map { try required(ContentHash(hex: $0), "hash", in: "cached_content") })
        }
    }

    /// How many results are recorded, and how many bytes their contents have, those that several share counted for each.
    public func cachedTotals() throws -> (results: Int, bytes: Int64) {
        try read { database in
            let row = try Row.fetchOne(database, sql: "SELECT count(*), coalesce(sum(bytes), 0) FROM cached_result")
            return (row?[0] ?? 0, row?[1] ?? 0)
        }
    }
}
