import HostSystem
import Model
import SystemPackage

/// Pins a PostgreSQL database: copies it into a template database on the server that holds environments' databases.
public struct PostgresTemplate: Sendable {
    public let location: PostgresServer
    public let target: PostgresServer
    public let selection: PostgresSelection
    /// A directory of ours on a disk with room for a dump; it is made, and removed afterwards.
    public let folder: FilePath

    public init(location: PostgresServer, target: PostgresServer, selection: PostgresSelection, folder: FilePath) {
        self.location = location
        self.target = target
        self.selection = selection
        self.folder = folder
    }

    /// What was copied.
    public struct Made: Sendable {
        public let fingerprint: ContentHash
        public let bytes: Int64
        public let tables: Int
        /// References between tables that could not be kept, because rows were left out.
        public let lostReferences: Int
    }

    /// Reads the location, and fills the template unless there is one with the same data already.
    ///
    /// - Parameters:
    ///   - known: whether there is a template with such a fingerprint already.
    ///   - begin: records the name of the database that is about to be made, and returns it.
    /// - Returns: `nil` for what was made where `known` had an answer.
    public func make(
        known: (ContentHash) async throws -> Bool, begin: () throws -> String
    ) async throws -> (fingerprint: ContentHash, made: Made?) {
        try FileSystem.makeDirectories(folder, mode: 0o700)
        defer {
            // What cannot be removed now is a leftover that the store's recovery removes.
            try? FileSystem.removeTree(folder, within: folder.removingLastComponent())
        }
        let dump = PostgresDump(location: location, selection: selection, folder: folder)
        let fingerprint = try await dump.dump()
        if try await known(fingerprint) { return (fingerprint, nil) }
        let name = try begin()
        try await create(name)
        let lost = try await dump.restore(into: target, database: name)
        _ = try await target.query("ANALYZE", "look through the copy", database: name)
        let tables = try await target.query("SELECT count(*) FROM pg_stat_user_tables", "count tables", database: name)
        try await target.seal(name)
        let bytes = try await target.bytes(of: name)
        return (
            fingerprint,
            Made(
                fingerprint: fingerprint, bytes: bytes, tables: tables.first?.first.flatMap { Int($0) } ?? 0,
                lostReferences: lost)
        )
    }

    /// Makes an empty database that sorts and encodes like the location; where the server knows no such locale, like
    /// the server's own.
    private func create(_ name: String) async throws {
        let rows = try await location.query(
            """
            SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database
            WHERE datname = current_database()
            """, "look at the location")
        guard let row = rows.first, row.count == 3 else {
            return try await target.create(name, from: "template0")
        }
        do {
            try await target.create(
                name, from: "template0",
                options: "ENCODING \(literal(row[0])) LC_COLLATE \(literal(row[1])) LC_CTYPE \(literal(row[2]))")
        } catch PostgresError.refused(_, _, let detail) where detail.contains("locale") {
            try await target.create(name, from: "template0")
        }
    }
}
