import GRDB
import Model

extension StateStore {
    /// Returns the results of data tests recorded under `keys`; a key that has none is left out.
    public func testResults(for keys: [ContentHash]) throws -> [ContentHash: TestResult] {
        try read { database in
            let statement = try database.cachedStatement(sql: "SELECT record FROM test_result WHERE key = ?")
            var results: [ContentHash: TestResult] = [:]
            for key in keys {
                guard let text = try String.fetchOne(statement, arguments: [key.hex]) else { continue }
                results[key] = try fromJSON(TestResult.self, text, in: "test_result")
            }
            return results
        }
    }

    /// Records results for reuse, in one transaction; those without a key, and tests that were broken or skipped, are
    /// never reused and left out.
    public func insert(_ results: [TestResult], at moment: Timestamp) throws {
        let reusable = results.filter { $0.outcome == .passed || $0.outcome == .failed }
        try write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO test_result (key, recorded, record) VALUES (?, ?, ?)")
            for result in reusable {
                guard let key = result.key else { continue }
                try statement.execute(arguments: [key.hex, moment.nanoseconds, try jsonText(result)])
            }
        }
    }

    /// Forgets the results that were recorded before `moment`.
    public func deleteTestResults(before moment: Timestamp) throws {
        try write {
            try $0.execute(sql: "DELETE FROM test_result WHERE recorded < ?", arguments: [moment.nanoseconds])
        }
    }
}
