import GRDB
import Model

/// The rows of environments, their pins and their ports.
enum EnvironmentTable {
    /// Says which row stands in the way of `environment`, rather than which constraint.
    static func requireRoom(for environment: BranchEnvironment, in database: Database) throws {
        let others = try Row.fetchAll(
            database, sql: "SELECT branch, slug, workspace FROM environment WHERE slug = ? OR workspace = ?",
            arguments: [environment.slug, environment.workspace])
        for row in others {
            let other = try required(BranchName(row[0]), "branch", in: "environment")
            if other == environment.branch { continue }
            if row[1] == environment.slug { throw PersistenceError.slugInUse(environment.slug, by: other) }
            throw PersistenceError.workspaceInUse(environment.workspace ?? "", by: other)
        }
    }

    static func load(
        from database: Database, where condition: String? = nil, _ arguments: StatementArguments = []
    ) throws -> [BranchEnvironment] {
        let selection = condition.map { " WHERE " + $0 } ?? ""
        var result: [BranchEnvironment] = []
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT branch, slug, state, kind, workspace, created, used, kept_until, created_at
                FROM environment\(selection) ORDER BY branch
                """, arguments: arguments)
        while let row = try rows.next() {
            result.append(
                BranchEnvironment(
                    branch: try required(BranchName(row[0]), "branch", in: "environment"),
                    slug: row[1],
                    state: try required(EnvironmentState(rawValue: row[2]), "state", in: "environment"),
                    kind: try required(WorkspaceKind(rawValue: row[3]), "kind", in: "environment"),
                    workspace: row[4],
                    created: Timestamp(nanoseconds: row[5]),
                    used: Timestamp(nanoseconds: row[6]),
                    keptUntil: (row[7] as Int64?).map { Timestamp(nanoseconds: $0) },
                    createdAt: (row[8] as String?).flatMap { ObjectID($0) }))
        }
        if result.isEmpty { return result }
        // One environment is asked for by name; all of them share one scan.
        let only = result.count == 1 ? " WHERE branch = ?" : ""
        let branch: StatementArguments = result.count == 1 ? [result[0].branch.rawValue] : []
        let pins = try Self.pins(in: database, only, branch)
        let ports = try Self.ports(in: database, only, branch)
        for index in result.indices {
            result[index].pins = pins[result[index].branch.rawValue] ?? []
            result[index].ports = ports[result[index].branch.rawValue] ?? [:]
        }
        return result
    }

    private static func pins(in database: Database, _ selection: String, _ arguments: StatementArguments) throws
        -> [String: [Pin]]
    {
        var result: [String: [Pin]] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT branch, source, kind, id, fingerprint, location, single_file, files, bytes, pinned, origin
                FROM pin\(selection) ORDER BY branch, source
                """, arguments: arguments)
        while let row = try rows.next() {
            let pin = Pin(
                source: row[1],
                kind: try required(PinKind(rawValue: row[2]), "kind", in: "pin"),
                id: row[3],
                fingerprint: try required(ContentHash(hex: row[4]), "fingerprint", in: "pin"),
                location: row[5],
                isSingleFile: row[6],
                files: row[7],
                bytes: row[8],
                pinnedAt: Timestamp(nanoseconds: row[9]),
                origin: try (row[10] as String?).map { try fromJSON(PinOrigin.self, $0, in: "pin") })
            result[row[0], default: []].append(pin)
        }
        return result
    }

    private static func ports(
        in database: Database, _ selection: String, _ arguments: StatementArguments
    ) throws -> [String: [String: Int]] {
        var result: [String: [String: Int]] = [:]
        let rows = try Row.fetchCursor(
            database, sql: "SELECT branch, name, number FROM port" + selection, arguments: arguments)
        while let row = try rows.next() {
            result[row[0], default: [:]][row[1]] = row[2]
        }
        return result
    }

    static func insert(_ environment: BranchEnvironment, in database: Database) throws {
        let taken = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM environment WHERE branch = ?)",
            arguments: [environment.branch.rawValue])
        if taken == true { throw PersistenceError.environmentExists(environment.branch) }
        try database.execute(
            sql: """
                INSERT INTO environment (branch, slug, state, kind, workspace, created, used, kept_until, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                environment.branch.rawValue, environment.slug, environment.state.rawValue, environment.kind.rawValue,
                environment.workspace, environment.created.nanoseconds, environment.used.nanoseconds,
                environment.keptUntil?.nanoseconds, environment.createdAt?.hex,
            ])
        try insertPins(of: environment, in: database)
        try insertPorts(of: environment, in: database)
    }

    static func update(from old: BranchEnvironment, to new: BranchEnvironment, in database: Database) throws {
        let branch = new.branch.rawValue
        try database.execute(
            sql: """
                UPDATE environment SET slug = ?, state = ?, kind = ?, workspace = ?, created = ?, used = ?, kept_until = ?,
                  created_at = ? WHERE branch = ?
                """,
            arguments: [
                new.slug, new.state.rawValue, new.kind.rawValue, new.workspace, new.created.nanoseconds,
                new.used.nanoseconds, new.keptUntil?.nanoseconds, new.createdAt?.hex, branch,
            ])
        if old.pins != new.pins {
            try database.execute(sql: "DELETE FROM pin WHERE branch = ?", arguments: [branch])
            try insertPins(of: new, in: database)
        }
        if old.ports != new.ports {
            try database.execute(sql: "DELETE FROM port WHERE branch = ?", arguments: [branch])
            try insertPorts(of: new, in: database)
        }
    }

    private static func insertPins(of environment: BranchEnvironment, in database: Database) throws {
        for pin in environment.pins {
            try database.execute(
                sql: """
                    INSERT INTO pin
                      (branch, source, kind, id, fingerprint, location, single_file, files, bytes, pinned, origin)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    environment.branch.rawValue, pin.source, pin.kind.rawValue, pin.id, pin.fingerprint.hex,
                    pin.location,
                    pin.isSingleFile, pin.files, pin.bytes, pin.pinnedAt.nanoseconds, try pin.origin.map(jsonText),
                ])
        }
    }

    private static func insertPorts(of environment: BranchEnvironment, in database: Database) throws {
        for (name, number) in environment.ports.sorted(by: { $0.key < $1.key }) {
            try database.execute(
                sql: "INSERT INTO port (branch, name, number) VALUES (?, ?, ?)",
                arguments: [environment.branch.rawValue, name, number])
        }
    }
}
