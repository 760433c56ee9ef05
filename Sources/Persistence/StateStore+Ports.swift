import GRDB
import Model

extension StateStore {
    /// Returns the port that the environment of `branch` has under `name`, recording the first free one of `range`
    /// where it has none yet.
    ///
    /// - Parameter isFree: whether nothing listens on a port at this moment; asked for ports that no environment has.
    /// - Throws: `noEnvironment`; `noFreePort`.
    public func port(
        _ name: String, of branch: BranchName, in range: ClosedRange<Int>, isFree: (Int) -> Bool
    ) throws -> Int {
        try write { database in
            let recorded = try Int.fetchOne(
                database, sql: "SELECT number FROM port WHERE branch = ? AND name = ?",
                arguments: [branch.rawValue, name])
            if let recorded { return recorded }
            let exists = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM environment WHERE branch = ?)",
                arguments: [branch.rawValue])
            guard exists == true else { throw PersistenceError.noEnvironment(branch) }
            let taken = try Int.fetchSet(database, sql: "SELECT number FROM port")
            guard let number = range.first(where: { !taken.contains($0) && isFree($0) }) else {
                throw PersistenceError.noFreePort(name: name, range: range)
            }
            try database.execute(
                sql: "INSERT INTO port (branch, name, number) VALUES (?, ?, ?)",
                arguments: [branch.rawValue, name, number])
            return number
        }
    }
}
