import HostSystem
import Model
import SystemPackage

/// One PostgreSQL server, asked through PostgreSQL's own programs.
public struct PostgresServer: Sendable {
    public let source: String
    public let address: PostgresAddress
    let programs: PostgresPrograms
    let runner: CommandRunner
    /// What the programs are run with besides the address: PATH, HOME and the mark of this process.
    let variables: [String: String]
    /// What must not stand in a message.
    let redactions: Redactions

    public init(
        source: String, address: PostgresAddress, programs: PostgresPrograms, runner: CommandRunner,
        variables: [String: String], redactions: Redactions
    ) {
        self.source = source
        self.address = address
        self.programs = programs
        self.runner = runner
        self.redactions = redactions
        var kept = variables.filter { !$0.key.hasPrefix("PG") }
        kept["LC_ALL"] = "C.UTF-8"  // Messages are read by their beginning.
        self.variables = kept
    }

    /// Makes a database out of another one, or empty, on the server.
    ///
    /// - Parameters:
    ///   - name: of letters, digits and `_`; nobody's yet.
    ///   - template: a database that nobody is connected to.
    ///   - options: further words of the statement.
    public func create(_ name: String, from template: String, options: String = "") async throws {
        try await change("CREATE DATABASE \(quoted(name)) TEMPLATE \(quoted(template)) \(options)", "make a database")
    }

    /// Drops a database, whoever is connected to it; none there is fine.
    public func drop(_ name: String) async throws {
        try await change("DROP DATABASE IF EXISTS \(quoted(name)) WITH (FORCE)", "drop the database \(name)")
    }

    /// Sees to it that the database `name`, called `other` until now, is called `name`; doing it twice is fine.
    ///
    /// - Parameters:
    ///   - isOpen: whether anybody may connect to it afterwards.
    ///   - force: whether sessions are ended instead of being a reason to refuse.
    /// - Throws: `PostgresError.inUse`, `.templateMissing` when there is neither.
    public func rename(_ other: String, to name: String, isOpen: Bool, force: Bool) async throws {
        let known = try await names(among: [name, other])
        if !known.contains(name) {
            guard known.contains(other) else { throw PostgresError.templateMissing(source: source, name: name) }
            let doing = "rename the database \(other)"
            try await change("ALTER DATABASE \(quoted(other)) WITH ALLOW_CONNECTIONS false", doing)
            do {
                let sessions = try await sessions(of: other)
                if sessions > 0 {
                    guard force else { throw PostgresError.inUse(source: source, name: other, sessions: sessions) }
                    _ = try await query(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = \(literal(other))",
                        doing)
                    for _ in 0..<100 where try await self.sessions(of: other) > 0 {
                        try await Task.sleep(nanoseconds: 20_000_000)
                    }
                }
                try await change("ALTER DATABASE \(quoted(other)) RENAME TO \(quoted(name))", doing)
            } catch {
                // It keeps its name, and whoever used it may go on; the error is the news.
                try? await change("ALTER DATABASE \(quoted(other)) WITH ALLOW_CONNECTIONS true", doing)
                throw error
            }
        }
        try await change("ALTER DATABASE \(quoted(name)) WITH ALLOW_CONNECTIONS \(isOpen)", "open the database \(name)")
    }

    /// Keeps everybody from connecting to a template, because one that is in use cannot be copied.
    func seal(_ name: String) async throws {
        try await change("ALTER DATABASE \(quoted(name)) WITH ALLOW_CONNECTIONS false", "close the database \(name)")
    }

    /// Returns those of `names` that the server has.
    public func names(among names: [String]) async throws -> Set<String> {
        let list = names.map(literal).joined(separator: ", ")
        let rows = try await query("SELECT datname FROM pg_database WHERE datname IN (\(list))", "look for databases")
        return Set(rows.compactMap(\.first))
    }

    /// Returns how many sessions are connected to a database.
    public func sessions(of name: String) async throws -> Int {
        let rows = try await query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = \(literal(name)) AND pid <> pg_backend_pid()",
            "look for sessions")
        return rows.first?.first.flatMap { Int($0) } ?? 0
    }

    /// Returns what a database takes on the server's disk.
    public func bytes(of name: String) async throws -> Int64 {
        try await query("SELECT pg_database_size(\(literal(name)))", "measure a database").first?.first.flatMap {
            Int64($0)
        } ?? 0
    }

    /// Returns what the address's own database takes on the server's disk.
    public func databaseSize() async throws -> Int64 {
        let rows = try await query("SELECT pg_database_size(current_database())", "measure the location")
        return rows.first?.first.flatMap { Int64($0) } ?? 0
    }

    /// Whether rows or tables of a clone were changed since it was made, as far as the server's statistics tell.
    public func isChanged(_ name: String) async throws -> Bool {
        let statement = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables"
        let rows = try await query(statement, "look for changes", database: name)
        return rows.first?.first != "0"
    }

    // MARK: - Programs

    /// Runs statements and returns the rows, each as its columns; no column may hold a tab or a line break.
    func query(_ statement: String, _ doing: String, database: String? = nil) async throws -> [[String]] {
        let result = try await run(
            programs.psql, ["-X", "-w", "-A", "-t", "-q", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input: statement + ";\n", database: database)
        guard result.succeeded else { throw failure(result.errorText, doing) }
        return result.outputText.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private func change(_ statement: String, _ doing: String) async throws {
        _ = try await query(statement, doing)
    }

    func run(
        _ program: FilePath, _ arguments: [String], input: String? = nil, database: String? = nil,
        directory: FilePath = "/", adding added: [String: String] = [:], observe: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws -> CommandResult {
        let all = variables.merging(address.variables(database: database)) { $1 }.merging(added) { $1 }
        return try await runner.run(
            Invocation(
                program.string, arguments, variables: all, directory: directory,
                input: input.map { .text($0) } ?? .none,
                output: .captured(limit: observe == nil ? 16 << 20 : 0), errorOutput: .captured(limit: 1 << 16),
                observe: observe))
    }

    /// Tells a server that is gone from one that refuses.
    func failure(_ said: String, _ doing: String) -> PostgresError {
        let detail = redactions.redact(
            said.split(separator: "\n").prefix(6).map(String.init).joined(separator: "\n"))
        let lower = said.lowercased()
        let isConnection = PostgresServer.connectionPhrases.contains { lower.contains($0) }
        if isConnection { return .unreachable(source: source, endpoint: address.endpoint, detail: detail) }
        return .refused(source: source, doing: doing, detail: detail.isEmpty ? "the program gave no reason" : detail)
    }

    /// Source: libpq `fe-connect.c`, `fe-misc.c`.
    private static let connectionPhrases = [
        "connection to server", "could not connect", "server closed the connection", "connection refused",
        "terminating connection", "the database system is", "could not translate host name",
        "no connection to the server",
        "could not receive data", "could not send data", "connection timed out",
    ]
}

/// PostgreSQL's own programs, of one version.
public struct PostgresPrograms: Sendable, Hashable {
    public let psql: FilePath
    public let dump: FilePath
    public let restore: FilePath

    /// Finds the newest of those in Debian's folders, or the ones in `variables["PATH"]`; `nil` where there are none.
    public static func locate(variables: [String: String]) -> PostgresPrograms? {
        let folder = FilePath("/usr/lib/postgresql")
        // Without the folder there are no versions.
        let versions = ((try? FileSystem.list(folder)) ?? []).compactMap { Int($0.string) }.sorted(by: >)
        for version in versions {
            let programs = folder.appending(String(version)).appending("bin")
            let found = PostgresPrograms(
                psql: programs.appending("psql"), dump: programs.appending("pg_dump"),
                restore: programs.appending("pg_restore"))
            if [found.psql, found.dump, found.restore].allSatisfy(FileSystem.exists) { return found }
        }
        guard let psql = CommandRunner.locate("psql", variables: variables),
            let dump = CommandRunner.locate("pg_dump", variables: variables),
            let restore = CommandRunner.locate("pg_restore", variables: variables)
        else { return nil }
        return PostgresPrograms(psql: psql, dump: dump, restore: restore)
    }
}

/// An identifier of SQL, whatever it holds. Source: PostgreSQL 15, 4.1.1.
func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

/// A text of SQL, whatever it holds and whatever `standard_conforming_strings` says. Source: PostgreSQL 15, 4.1.2.2.
func literal(_ text: String) -> String {
    "E'" + text.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
}
