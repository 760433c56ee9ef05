import GRDB
import Model

extension StateStore {
    /// Grants one movement of one reference until `expires`; an earlier permit for the same movement is replaced.
    public func grant(_ permit: Permit, at moment: Timestamp, until expires: Timestamp) throws {
        try write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO permit (reference, old, new, granted, expires) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    permit.reference, permit.from.hex, permit.to.hex, moment.nanoseconds, expires.nanoseconds,
                ])
        }
    }

    /// Whether `permit` was granted, is not used, and has not run out at `moment`.
    public func holds(_ permit: Permit, at moment: Timestamp) throws -> Bool {
        try read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM permit WHERE reference = ? AND old = ? AND new = ?
                      AND used IS NULL AND expires > ?)
                    """,
                arguments: [permit.reference, permit.from.hex, permit.to.hex, moment.nanoseconds]) ?? false
        }
    }

    /// Marks `permit` as used; it holds no longer.
    ///
    /// - Returns: whether it was there and unused.
    @discardableResult
    public func use(_ permit: Permit, at moment: Timestamp) throws -> Bool {
        try write { database in
            try database.execute(
                sql: "UPDATE permit SET used = ? WHERE reference = ? AND old = ? AND new = ? AND used IS NULL",
                arguments: [moment.nanoseconds, permit.reference, permit.from.hex, permit.to.hex])
            return database.changesCount > 0
        }
    }

    /// Takes back `permit`; none there is fine.
    public func revoke(_ permit: Permit) throws {
        try write {
            try $0.execute(
                sql: "DELETE FROM permit WHERE reference = ? AND old = ? AND new = ?",
                arguments: [permit.reference, permit.from.hex, permit.to.hex])
        }
    }

    /// Forgets the permits that were used or have run out at `moment`.
    public func forgetPermits(at moment: Timestamp) throws {
        try write {
            try $0.execute(
                sql: "DELETE FROM permit WHERE used IS NOT NULL OR expires <= ?", arguments: [moment.nanoseconds])
        }
    }

    /// Records that somebody has seen a changed test or a warning of `branch`; a later word replaces an earlier one.
    public func insert(_ acknowledgement: Acknowledgement, of branch: BranchName, at moment: Timestamp) throws {
        try write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO acknowledgement (branch, id, reason, who, given) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    branch.rawValue, acknowledgement.id, acknowledgement.reason, acknowledgement.who,
                    moment.nanoseconds,
                ])
        }
    }

    /// Returns what was acknowledged for `branch`, in the order of the ids.
    public func acknowledgements(of branch: BranchName) throws -> [Acknowledgement] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT id, reason, who FROM acknowledgement WHERE branch = ? ORDER BY id",
                arguments: [branch.rawValue]
            ).map { Acknowledgement(id: $0[0], reason: $0[1], who: $0[2]) }
        }
    }
}
