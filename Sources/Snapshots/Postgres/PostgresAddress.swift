import Model
import SystemPackage

/// The address of a PostgreSQL server and database, as a URL.
///
/// Source: PostgreSQL 15, 34.1.1.2, "Connection URIs"; 34.15, "Environment Variables".
public struct PostgresAddress: Sendable, Hashable {
    /// Keyword → value, decoded.
    private let parameters: [String: String]
    /// Everything before the database's name, and everything behind it.
    private let parts: (before: String, behind: String)

    /// Why a text is no such address. It never holds the text, in which a password may stand.
    public struct Malformed: Error, Hashable {
        public let reason: String
    }

    public init(_ url: String) throws(Malformed) {
        guard let scheme = ["postgresql://", "postgres://"].first(where: { url.hasPrefix($0) }) else {
            throw Malformed(reason: "it does not begin with postgresql://")
        }
        if url.utf8.contains(where: { $0 <= 32 || $0 == 127 }) { throw Malformed(reason: "it holds a blank") }
        let rest = url.dropFirst(scheme.count)
        let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] } ?? ""
        let main = rest.prefix { $0 != "?" }
        let authority = main.prefix { $0 != "/" }
        let database = main.dropFirst(authority.count + 1)
        var found: [String: String] = [:]
        var hosts = Substring(authority)
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            hosts = authority[authority.index(after: at)...]
            found["user"] = try Self.decoded(user.prefix { $0 != ":" })
            if let colon = user.firstIndex(of: ":") {
                found["password"] = try Self.decoded(user[user.index(after: colon)...])
            }
        }
        var (names, ports): ([String], [String]) = ([], [])
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
            let isAddress = host.hasPrefix("[")
            let name = isAddress ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
            let behind = host.dropFirst(name.count + (isAddress ? 2 : 0))
            names.append(try Self.decoded(name))
            ports.append(behind.hasPrefix(":") ? String(behind.dropFirst()) : "")
        }
        if names.contains(where: { !$0.isEmpty }) { found["host"] = names.joined(separator: ",") }
        if ports.contains(where: { !$0.isEmpty }) { found["port"] = ports.joined(separator: ",") }
        if !database.isEmpty { found["dbname"] = try Self.decoded(database) }
        var kept: [Substring] = []
        for pair in query.split(separator: "&") {
            let key = try Self.decoded(pair.prefix { $0 != "=" })
            guard pair.contains("="), Self.variables[key] != nil else {
                throw Malformed(reason: "`\(key)` is no parameter that may stand in it")
            }
            found[key] = try Self.decoded(pair.dropFirst(pair.prefix { $0 != "=" }.count + 1))
            if key != "dbname" { kept.append(pair) }
        }
        parameters = found
        parts = (scheme + authority + "/", kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.url(of: "") == right.url(of: "") && left.database == right.database
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(url(of: database ?? "")) }

    /// The name of the database; `nil` means the one that is called like the user.
    public var database: String? { parameters["dbname"] }
    public var password: String? { parameters["password"] }

    /// The same server, with another database.
    ///
    /// - Parameter database: of letters that need no encoding in a URL.
    public func url(of database: String) -> String { parts.before + database + parts.behind }

    /// The host and port, for people and for telling servers apart; no secrets.
    public var endpoint: String {
        let host = parameters["host"] ?? parameters["hostaddr"] ?? "/var/run/postgresql"
        return host + ":" + (parameters["port"] ?? "5432")
    }

    /// The Unix socket of the server; `nil` where it is reached over the network.
    public var socket: FilePath? {
        if parameters["hostaddr"] != nil { return nil }
        // Debian's libpq and most others look there when no host is named.
        let host = parameters["host"] ?? "/var/run/postgresql"
        guard host.hasPrefix("/"), !host.contains(",") else { return nil }
        return FilePath(host).appending(".s.PGSQL." + (parameters["port"] ?? "5432"))
    }

    /// The variables through which libpq finds the database. A password in an argument could be read by every user of the
    /// machine.
    ///
    /// - Parameter database: instead of the address's own.
    func variables(database: String? = nil) -> [String: String] {
        var result: [String: String] = ["PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "headgate"]
        for (key, value) in parameters {
            if let name = Self.variables[key] { result[name] = value }
        }
        if let database { result["PGDATABASE"] = database }
        return result
    }

    private static let variables = [
        "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
        "password": "PGPASSWORD", "passfile": "PGPASSFILE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcrl": "PGSSLCRL", "channel_binding": "PGCHANNELBINDING",
        "connect_timeout": "PGCONNECT_TIMEOUT", "application_name": "PGAPPNAME", "options": "PGOPTIONS",
        "target_session_attrs": "PGTARGETSESSIONATTRS", "client_encoding": "PGCLIENTENCODING",
        "gssencmode": "PGGSSENCMODE", "krbsrvname": "PGKRBSRVNAME", "requirepeer": "PGREQUIREPEER",
    ]

    private static func decoded(_ text: Substring) throws(Malformed) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let value = UInt8(digits, radix: 16), value != 0 else {
                throw Malformed(reason: "a `%` in it does not begin an encoded byte")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
