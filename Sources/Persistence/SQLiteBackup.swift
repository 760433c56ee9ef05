import GRDB
import HostSystem
import Model
import SystemPackage

/// Copies SQLite databases while others write to them. Source: <https://sqlite.org/backup.html>.
public enum SQLiteBackup {
    /// Copies the database at `source` into `target`, which must not exist, as it was at one moment.
    ///
    /// The source is opened read-only. The copy is one file, with a rollback journal instead of a WAL, so that it can
    /// be read where nothing may be written.
    ///
    /// - Throws: `notDatabase`; `backupFailed` with what SQLite said; `full` when the target's disk has no room.
    public static func copy(_ source: FilePath, to target: FilePath) throws {
        if FileSystem.exists(target) {
            throw PersistenceError.backupFailed(source, detail: "\(target) exists already")
        }
        var reading = Configuration()
        reading.readonly = true
        reading.busyMode = .timeout(10)
        do {
            let from = try DatabaseQueue(path: source.string, configuration: reading)
            try createPrivateFile(target)
            let to = try DatabaseQueue(path: target.string)
            try from.backup(to: to)
            try to.inDatabase { database in
                _ = try String.fetchOne(database, sql: "PRAGMA journal_mode=DELETE")
            }
            try to.close()
            try from.close()
        } catch let error as DatabaseError {
            if error.resultCode == .SQLITE_FULL || !FileSystem.hasRoom(in: target.removingLastComponent()) {
                throw PersistenceError.full(target)
            }
            if error.resultCode == .SQLITE_NOTADB { throw PersistenceError.notDatabase(source) }
            // The message is of whichever of the two failed; the code is of the copy.
            throw PersistenceError.backupFailed(
                source, detail: DatabaseError(resultCode: error.resultCode).message ?? "no detail given")
        }
    }
}
