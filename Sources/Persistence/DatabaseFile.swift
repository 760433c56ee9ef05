import GRDB
import HostSystem
import Model
import SystemPackage

/// Opens a database such that a damaged, foreign or locked file is said in our own words.
func openDatabase(at path: FilePath, busyTimeout: TimeSpan, synchronous: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(busyTimeout.seconds)
    configuration.foreignKeysEnabled = true
    configuration.label = "headgate"
    configuration.prepareDatabase { database in
        // Reading a log of 256 pages that a process left takes the next one less than a millisecond.
        try database.execute(sql: "PRAGMA synchronous=\(synchronous); PRAGMA wal_autocheckpoint=256")
    }
    return try describingErrors(at: path) { try DatabaseQueue(path: path.string, configuration: configuration) }
}

/// Makes an empty file that only this user may read; SQLite gives its companions the same mode.
func createPrivateFile(_ path: FilePath) throws {
    do {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
        try file.close()
    } catch let code as Errno {
        throw HostError.failed(action: "make", path: path, code: code)
    }
}

/// Turns what SQLite says into a `PersistenceError`.
///
/// Source: <https://sqlite.org/rescode.html>.
func describingErrors<Result>(at path: FilePath, _ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let error as DatabaseError {
        let detail = error.message ?? "no detail given"
        switch error.resultCode {
        case .SQLITE_FULL: throw PersistenceError.full(path)
        // SQLite calls a file that cannot grow an I/O error where a quota forbids it, or where it does not grow by writing.
        case .SQLITE_IOERR where !FileSystem.hasRoom(in: path.removingLastComponent()):
            throw PersistenceError.full(path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: throw PersistenceError.busy(path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: throw PersistenceError.damaged(path, detail: detail)
        case .SQLITE_READONLY, .SQLITE_PERM: throw PersistenceError.readOnly(path)
        case .SQLITE_CANTOPEN: throw PersistenceError.cannotOpen(path, detail: detail)
        default: throw PersistenceError.failed(path, code: error.extendedResultCode.rawValue, detail: detail)
        }
    } catch let error as RecordError {
        throw PersistenceError.damaged(path, detail: error.description)
    }
}
