import Model

/// Why a PostgreSQL source could not be pinned, cloned or dropped. No case holds a secret of an address.
public enum PostgresError: DiagnosableError, Hashable {
    case malformedAddress(source: String, key: String, reason: String)
    case programsMissing(source: String)
    /// No connection, or one that broke.
    case unreachable(source: String, endpoint: String, detail: String)
    /// The server, or a program, said no.
    case refused(source: String, doing: String, detail: String)
    case noSuchTable(source: String, table: String)
    case templateMissing(source: String, name: String)
    /// The address leads to another server than the one that holds what was recorded.
    case elsewhere(source: String, name: String, recorded: String, now: String)
    case inUse(source: String, name: String, sessions: Int)
    case needsNetwork(step: String, source: String, endpoint: String)

    public var diagnosis: Diagnosis {
        switch self {
        case .malformedAddress(let source, let key, let reason):
            Diagnosis(
                problem: "`sources: \(source): \(key)` is no address of a PostgreSQL database", reason: reason,
                remedy: "write it as postgresql://user:password@host:5432/database")
        case .programsMissing(let source):
            Diagnosis(
                problem: "cannot pin `\(source)`",
                reason: "PostgreSQL's programs (psql, pg_dump, pg_restore) are not installed",
                remedy: "install them, such as by `apt-get install postgresql-client`")
        case .unreachable(let source, let endpoint, let detail):
            Diagnosis(
                problem: "the database server of `\(source)` cannot be reached", reason: "\(endpoint): \(detail)",
                remedy: "see whether it runs and lets you in, then try again: nothing half done is kept")
        case .refused(let source, let doing, let detail):
            Diagnosis(problem: "cannot \(doing) for `\(source)`", reason: detail, remedy: "mend that, then try again")
        case .noSuchTable(let source, let table):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "there is no table `\(table)` at its location",
                remedy: "change `sources: \(source): only:`")
        case .templateMissing(let source, let name):
            Diagnosis(
                problem: "the pinned copy of `\(source)` is gone", reason: "the server has no database \(name)",
                remedy: "run `headgate env update` to pin today's data")
        case .elsewhere(let source, let name, let recorded, let now):
            Diagnosis(
                problem: "the database \(name) of `\(source)` is not touched",
                reason: "it was made at \(recorded), and the address leads to \(now) now",
                remedy: "point the address back, or drop the database by hand and run `headgate prune`")
        case .inUse(let source, let name, let sessions):
            Diagnosis(
                problem: "the database \(name) of `\(source)` is in use",
                reason: "\(counted(sessions, "session")) \(sessions == 1 ? "is" : "are") connected to it",
                remedy: "end them, or use `--force`")
        case .needsNetwork(let step, let source, let endpoint):
            Diagnosis(
                problem: "`\(step)` cannot reach `\(source)`",
                reason: "its database is at \(endpoint), and the step runs without network",
                remedy: "set `steps: \(step): sandbox: {network: true}`, or name the server's Unix socket in `clone_to`"
            )
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .malformedAddress, .programsMissing, .noSuchTable, .needsNetwork: .configuration
        case .unreachable: .tryAgain
        case .refused, .templateMissing, .elsewhere, .inUse: .refused
        }
    }
}
