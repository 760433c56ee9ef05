import HostSystem
import Model
import SystemPackage

/// Copies a DuckDB database that nobody writes to, and brings what its write-ahead log holds into the copy.
///
/// The location is only read. DuckDB locks a file for as long as it has it open; the same lock, for reading, tells whether
/// somebody writes, and keeps everybody from beginning to while the copy is made. The checkpoint is the copy's own.
/// Source: <https://duckdb.org/docs/stable/connect/concurrency>.
struct DuckDBCopy {
    let source: String
    /// The database, links resolved.
    let database: FilePath
    /// DuckDB's program; asked for only where there is a log.
    let program: @Sendable () -> FilePath?

    static let logSuffix = ".wal"

    /// Copies the database into the directory `target`, which must exist, and returns the copy.
    ///
    /// - Throws: `SnapshotError.databaseInUse`, `.notDatabase`, `.databaseRefused`, `.programMissing`.
    func copy(into target: FilePath) async throws -> FilePath {
        guard let name = database.lastComponent else { throw SnapshotError.locationMissing(source: source, database) }
        let copy = target.appending(name)
        do {
            let lock = try ReadLock(of: database)
            try requireDatabase()
            let files = TreeCopy(method: .auto, width: 1)
            _ = try await files.copy(database, to: copy)
            let log = FilePath(database.string + Self.logSuffix)
            if let status = try FileSystem.status(log), status.size > 0 {
                _ = try await files.copy(log, to: FilePath(copy.string + Self.logSuffix))
            }
            _ = consume lock
        } catch let refused as ReadLock.Refused {
            throw SnapshotError.databaseInUse(
                source: source, database, process: refused.process, command: refused.command)
        }
        try FileSystem.setMode(copy, 0o600)
        if FileSystem.exists(FilePath(copy.string + Self.logSuffix)) { try await checkpoint(copy) }
        try FileSystem.setMode(copy, 0o444)
        return copy
    }

    /// The header of every DuckDB file begins with a checksum and these letters.
    /// Source: duckdb `src/include/duckdb/storage/storage_info.hpp`, MAGIC_BYTES.
    private func requireDatabase() throws {
        let head = try FileDescriptor.open(database, .readOnly, options: .closeOnExec)
        defer { try? head.close() }  // Nothing was written.
        var bytes = [UInt8](repeating: 0, count: 12)
        let count = try bytes.withUnsafeMutableBytes { try head.read(fromAbsoluteOffset: 0, into: $0) }
        guard count == 12, bytes[8...].elementsEqual("DUCK".utf8) else {
            throw SnapshotError.notDatabase(source: source, database, "a DuckDB database")
        }
    }

    private func checkpoint(_ copy: FilePath) async throws {
        guard let program = program() else { throw SnapshotError.programMissing(source: source, "DuckDB's program") }
        let log = FilePath(copy.string + Self.logSuffix)
        try FileSystem.setMode(log, 0o600)
        let settings = ["autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions"]
        let script = settings.map { "SET \($0)=false;\n" }.joined() + "CHECKPOINT;\n"
        let result = try await CommandRunner().run(
            Invocation(
                program.string, ["-init", "/dev/null", "-batch", "-bail", copy.string],
                variables: ["HOME": copy.removingLastComponent().string, "TZ": "UTC"],
                directory: copy.removingLastComponent(), input: .text(script), output: .discarded,
                errorOutput: .captured(limit: 1 << 16)))
        let said = result.errorText.split(separator: "\n").prefix(3).joined(separator: "\n")
        guard result.succeeded, said.isEmpty, try FileSystem.status(log)?.size ?? 0 == 0 else {
            throw SnapshotError.databaseRefused(
                source: source, database, detail: said.isEmpty ? "its log could not be merged" : said)
        }
        if FileSystem.exists(log) { try FileSystem.remove(log) }
        for name in try FileSystem.list(copy.removingLastComponent()) where name != copy.lastComponent {
            try FileSystem.removeTree(
                copy.removingLastComponent().appending(name), within: copy.removingLastComponent())
        }
    }
}
