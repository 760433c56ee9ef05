import Crypto
import HostSystem
import Model
import Synchronization
import SystemPackage

/// What of a database is copied.
public struct PostgresSelection: Sendable, Hashable {
    /// `table` or `schema.table`; empty means all.
    public var tables: [String]
    /// Table → condition in SQL: which of its rows.
    public var filters: [String: String]
    /// Tables without their rows.
    public var schemaOnly: [String]

    public init(tables: [String] = [], filters: [String: String] = [:], schemaOnly: [String] = []) {
        self.tables = tables
        self.filters = filters
        self.schemaOnly = schemaOnly
    }

    /// Whether rows may be missing to which others refer.
    var isPart: Bool { !tables.isEmpty || !filters.isEmpty || !schemaOnly.isEmpty }

    /// Tells one selection from another; `nil` for everything.
    public var digest: String? {
        guard isPart else { return nil }
        var hasher = FieldHasher(domain: "postgres selection")
        hasher.add("tables", tables.sorted())
        hasher.add("filters", filters)
        hasher.add("schema-only", schemaOnly.sorted())
        return hasher.finish().prefix(8)
    }
}

/// Copies a database, as it is at one moment, into files, and from there into an empty one.
///
/// One session exports its snapshot (PostgreSQL 15, 9.27.5) and stays open while `pg_dump` reads everything that is copied
/// as a whole; the rows of tables with a condition are read in the session itself. The session is read-only.
///
///     data.dump    what pg_dump wrote
///     rows-<n>     the chosen rows of the n-th table with a condition
struct PostgresDump {
    let location: PostgresServer
    let selection: PostgresSelection
    /// Empty, ours, and removed afterwards.
    let folder: FilePath

    private var filtered: [(table: String, condition: String, file: FilePath)] {
        selection.filters.sorted { $0.key < $1.key }.enumerated().map {
            ($1.key, $1.value, folder.appending("rows-\($0)"))
        }
    }

    private var archive: FilePath { folder.appending("data.dump") }

    /// Reads the location and returns what identifies the data.
    func dump() async throws -> ContentHash {
        try await requireTables()
        let script = folder.appending("dump.sh")
        let words = [location.programs.dump.string] + arguments.map { $0 }
        let line = words.map(shellWord).joined(separator: " ") + " --snapshot=\"$HG_SNAPSHOT\"; echo $? > status\n"
        try FileSystem.replace(script, withText: line, mode: 0o600)
        var statements = """
            \\set ON_ERROR_STOP on
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
            SELECT pg_export_snapshot() AS hg_snapshot \\gset
            \\setenv HG_SNAPSHOT :hg_snapshot
            \\! sh ./dump.sh

            """
        for (table, condition, file) in filtered {
            statements += """
                \\o \(file.lastComponent?.string ?? "")
                SELECT format('COPY (SELECT %s FROM %s WHERE (%s)) TO STDOUT', \(columns(of: table)),
                  \(literal(qualified(table))), \(literal(condition))) \\gexec
                \\o

                """
        }
        statements += "COMMIT;\n"
        let result = try await location.run(
            location.programs.psql, ["-X", "-w", "-A", "-t", "-q", "-f", "-"], input: statements, directory: folder,
            adding: readOnly)
        let status =
            FileSystem.exists(folder.appending("status")) ? try FileSystem.readText(folder.appending("status")) : ""
        guard result.succeeded, status == "0\n" else { throw location.failure(result.errorText, "read the location") }
        return try await fingerprint()
    }

    private var readOnly: [String: String] {
        let given = location.address.variables()["PGOPTIONS"].map { $0 + " " } ?? ""
        return ["PGOPTIONS": given + "-c default_transaction_read_only=on"]
    }

    private var arguments: [String] {
        var arguments = [
            "--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--no-tablespaces", "--no-publications",
            "--no-subscriptions", "--no-security-labels", "--no-comments", "--no-password", "--lock-wait-timeout=60000",
            "--file=" + (archive.lastComponent?.string ?? ""),
        ]
        arguments += selection.tables.map { "--table=" + qualified($0) }
        arguments += (selection.schemaOnly + selection.filters.keys).map { "--exclude-table-data=" + qualified($0) }
            .sorted()
        return arguments
    }

    /// `"schema"."table"`, as SQL and as pg_dump's patterns have it.
    private func qualified(_ table: String) -> String {
        table.split(separator: ".", maxSplits: 1).map { quoted(String($0)) }.joined(separator: ".")
    }

    /// The columns that can be copied: what is generated is generated again.
    private func columns(of table: String) -> String {
        """
        (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
          WHERE attrelid = \(literal(qualified(table)))::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
        """
    }

    private func requireTables() async throws {
        let named = selection.tables + selection.filters.keys.sorted() + selection.schemaOnly
        if named.isEmpty { return }
        let asked = named.map { "SELECT \(literal($0)) WHERE to_regclass(\(literal(qualified($0)))) IS NULL" }
        let missing = try await location.query(asked.joined(separator: " UNION ALL "), "look for tables")
        if let table = missing.first?.first { throw PostgresError.noSuchTable(source: location.source, table: table) }
    }

    /// The hash of everything as plain SQL: the archive itself holds the time at which it was made.
    private func fingerprint() async throws -> ContentHash {
        let hasher = Mutex(SHA256())
        let key = try await restrictKey()
        let result = try await location.run(
            location.programs.restore, key + ["--no-owner", "--no-privileges", "--file=-", archive.string],
            directory: folder,
            observe: { bytes in hasher.withLock { $0.update(data: bytes) } })
        guard result.succeeded else { throw location.failure(result.errorText, "read the copy") }
        var whole = FieldHasher(domain: "postgres")
        whole.add("data", ContentHash(hasher.withLock { $0.finalize() }).hex)
        for (table, _, file) in filtered { whole.add("rows of " + table, try FileHasher.hash(file).hex) }
        return whole.finish()
    }

    /// Newer versions of the programs put a random word into plain SQL unless they are given one.
    private func restrictKey() async throws -> [String] {
        let help = try await location.run(location.programs.restore, ["--help"])
        return help.outputText.contains("--restrict-key") ? ["--restrict-key=headgate"] : []
    }

    /// Fills an empty database of another server, and returns how many references between tables could not be kept,
    /// because the rows they lead to were left out.
    func restore(into server: PostgresServer, database: String) async throws -> Int {
        func run(_ arguments: [String]) async throws -> CommandResult {
            try await server.run(
                server.programs.restore,
                ["--no-owner", "--no-privileges", "--no-password", "--dbname=" + database] + arguments + [
                    archive.string
                ],
                database: database, directory: folder)
        }
        func must(_ result: CommandResult) throws {
            if !result.succeeded { throw server.failure(result.errorText, "fill the database \(database)") }
        }
        let schemas = Set(
            selection.tables.compactMap { $0.contains(".") ? $0.split(separator: ".").first.map(String.init) : nil })
        for schema in schemas.sorted() {
            _ = try await server.query(
                "CREATE SCHEMA IF NOT EXISTS \(quoted(schema))", "make a schema", database: database)
        }
        try must(try await run(["--exit-on-error", "--section=pre-data"]))
        try must(try await run(["--exit-on-error", "--section=data"]))
        for (table, _, file) in filtered {
            let rows = try await server.query(
                "SELECT \(columns(of: table))", "look at a table", database: database)
            let statement =
                "\\copy \(qualified(table)) (\(rows.first?.first ?? "")) FROM '\(file.lastComponent?.string ?? "")'\n"
            try must(
                try await server.run(
                    server.programs.psql, ["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"], input: statement,
                    database: database, directory: folder))
        }
        guard selection.isPart else {
            try must(try await run(["--exit-on-error", "--section=post-data"]))
            return 0
        }
        let list = try await server.run(server.programs.restore, ["--section=post-data", "--list", archive.string])
        try must(list)
        let lines = list.outputText.split(separator: "\n").map(String.init)
        let references = lines.filter { $0.contains(" FK CONSTRAINT ") }
        func restore(_ lines: [String], _ name: String, _ options: [String]) async throws -> CommandResult {
            let file = folder.appending(name)
            try FileSystem.replace(file, withText: lines.joined(separator: "\n") + "\n", mode: 0o600)
            return try await run(options + ["--use-list=" + file.string])
        }
        let others = lines.filter { !$0.hasPrefix(";") && !references.contains($0) }
        if !others.isEmpty { try must(try await restore(others, "others.list", ["--exit-on-error"])) }
        var lost = 0
        for (number, line) in references.enumerated() {
            if try await !restore([line], "reference-\(number).list", ["--exit-on-error"]).succeeded { lost += 1 }
        }
        return lost
    }
}
