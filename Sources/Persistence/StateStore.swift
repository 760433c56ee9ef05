import GRDB
import HostSystem
import Model
import SystemPackage

/// What happened in one repository, in `state.sqlite`: environments, pins, runs, verdicts, landings and what is
/// under way.
///
/// Every function is synchronous and takes one transaction, so that a killed process leaves all of it or nothing;
/// `inOneTransaction` joins several. Readers never wait for writers; writers wait for each other for as long as the
/// busy timeout says. Any function throws `PersistenceError`.
///
/// The journal mode is WAL: a commit costs one sync, and a hook reads while a run writes. Commits are synced, because
/// a landing must never be ahead of its verdict. Source: <https://sqlite.org/wal.html>, <https://sqlite.org/pragma.html>.
public final class StateStore: Sendable {
    /// The database file.
    public let path: FilePath
    private let queue: DatabaseQueue

    /// Opens the state at `path`, making the file (for this user only) and its directory where they are missing.
    ///
    /// - Parameters:
    ///   - path: absolute; by convention `<git common dir>/headgate/state.sqlite`.
    ///   - busyTimeout: how long a write waits for another process; hooks take a short one.
    public convenience init(opening path: FilePath, busyTimeout: TimeSpan = TimeSpan(seconds: 5)) throws {
        if try FileSystem.status(path) == nil {
            try FileSystem.makeDirectories(path.removingLastComponent())
            try createPrivateFile(path)
        }
        try self.init(path, busyTimeout)
    }

    /// Opens the state at `path`, or returns `nil` when none was recorded yet; makes nothing.
    public static func existing(at path: FilePath, busyTimeout: TimeSpan = TimeSpan(seconds: 5)) throws -> StateStore? {
        guard try FileSystem.status(path, followLinks: true) != nil else { return nil }
        return try StateStore(path, busyTimeout)
    }

    /// A verdict must be on the disk before its branch moves.
    private static let synchronous = "FULL"

    private init(_ path: FilePath, _ busyTimeout: TimeSpan) throws {
        self.path = path
        if try Volume(of: path).isNetwork { throw PersistenceError.networkFileSystem(path) }
        queue = try openDatabase(at: path, busyTimeout: busyTimeout, synchronous: Self.synchronous)
        try StateSchema.prepare(queue, at: path)
    }

    /// Runs `body`, in which every function of this store takes part in one transaction: all of it is recorded, or,
    /// when `body` throws, nothing.
    ///
    /// `body` must not suspend and must call the store on the thread it is called on.
    ///
    /// - Parameter isSynced: whether it is on the disk when this returns; else a power cut may take it back.
    @discardableResult
    public func inOneTransaction<Result>(isSynced: Bool = true, _ body: () throws -> Result) throws -> Result {
        try write(isSynced: isSynced) { _ in try body() }
    }

    /// Leaves the file open until the process ends, which then ends like a killed one: to close it is to write its log
    /// back, which takes two syncs, and the next process reads a short log just as well.
    public func stayOpen() {
        _ = Unmanaged.passRetained(queue)
    }

    /// Runs `body` on the state of one moment.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try transaction(.deferred, body)
    }

    /// Runs `body` as one transaction, or as a part of the one under way that can be undone by itself.
    ///
    /// - Parameter isSynced: whether it is on the disk when this returns; else a power cut may take it back.
    func write<Result>(isSynced: Bool = true, _ body: (Database) throws -> Result) throws -> Result {
        try transaction(.immediate, isSynced: isSynced, body)
    }

    private func transaction<Result>(
        _ kind: Database.TransactionKind, isSynced: Bool = true, _ body: (Database) throws -> Result
    ) throws -> Result {
        try describingErrors(at: path) {
            try queue.unsafeReentrantWrite { database in
                var result: Result?
                func work() throws -> Database.TransactionCompletion {
                    result = try body(database)
                    return .commit
                }
                if !database.isInsideTransaction {
                    if kind == .immediate { FaultPoints.changing(.database) }
                    if !isSynced { try database.execute(sql: "PRAGMA synchronous=NORMAL") }
                    let done = Swift.Result { try database.inTransaction(kind, work) }
                    if !isSynced { try database.execute(sql: "PRAGMA synchronous=\(Self.synchronous)") }
                    try done.get()
                } else if kind == .immediate {
                    try database.inSavepoint(work)
                } else {
                    _ = try work()
                }
                return result!  // `work` has returned, or its error was thrown.
            }
        }
    }
}
