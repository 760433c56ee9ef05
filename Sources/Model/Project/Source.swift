/// Data the pipeline reads but does not make, as `sources:` declares it.
public struct Source: Hashable, Sendable, Codable {
    /// What system the data lies in.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case files, sqlite, duckdb, postgres, command, project

        /// Whether its data lies in files that steps see at its path.
        public var isOfFiles: Bool {
            switch self {
            case .files, .sqlite, .duckdb, .project: true
            case .postgres, .command: false
            }
        }

        /// Whether it is one file that a database keeps.
        public var isDatabaseFile: Bool { logSuffix != nil }

        /// What the name of a database's write-ahead log has besides; `nil` for what is no database file.
        public var logSuffix: String? {
            switch self {
            case .sqlite: "-wal"
            case .duckdb: ".wal"
            case .files, .postgres, .command, .project: nil
            }
        }
    }

    public var name: String
    public var kind: Kind
    /// Where steps see it, relative to the root; `nil` for what has no place in the file system.
    public var path: String?
    /// Where it lives, as written (may hold `secrets.x`); `nil` means the same path in the main working tree.
    public var location: String?
    /// Whether each environment has a copy of its own that steps may change.
    public var isWritable: Bool
    public var pin: PinPolicy
    public var freshness: Freshness?
    /// The cell texts that are null in CSV.
    public var nulls: [String]
    public var tests: [DataTest]
    /// Settings of database, command and project sources; `nil` for the others.
    public var driver: SourceDriver?
    public var line: SourceLine?

    public init(
        name: String, kind: Kind = .files, path: String?, location: String? = nil, isWritable: Bool = false,
        pin: PinPolicy = .auto, freshness: Freshness? = nil, nulls: [String] = [""], tests: [DataTest] = [],
        driver: SourceDriver? = nil, line: SourceLine? = nil
    ) {
        self.name = name
        self.kind = kind
        self.path = path
        self.location = location
        self.isWritable = isWritable
        self.pin = pin
        self.freshness = freshness
        self.nulls = nulls
        self.tests = tests
        self.driver = driver
        self.line = line
    }
}

extension Source {
    /// What is tested before any step reads it: `freshness`, which is a test of the source as well, then its tests.
    public var allTests: [DataTest] {
        guard let freshness else { return tests }
        return [DataTest(check: .freshness(column: nil, limits: freshness))] + tests
    }
}

/// How a source is pinned: `auto` or one kind by name.
public enum PinPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    case auto, subvolume, reflink, copy
    case inPlace = "in-place"
}

/// How old a source may be.
public struct Freshness: Hashable, Sendable, Codable {
    public var warnAfter: TimeSpan?
    public var errorAfter: TimeSpan?

    public init(warnAfter: TimeSpan? = nil, errorAfter: TimeSpan? = nil) {
        self.warnAfter = warnAfter
        self.errorAfter = errorAfter
    }
}

/// The settings that only some kinds of source have; keys that do not apply to the kind are `nil` or empty.
public struct SourceDriver: Hashable, Sendable, Codable {
    public var cloneTo: String?
    public var tables: [String]
    public var filters: [String: String]
    public var schemaOnly: [String]
    /// The variable through which steps reach their database.
    public var variable: String?
    public var fingerprint: String?
    public var create: String?
    public var drop: String?
    public var repository: String?
    public var reference: String?
    public var output: String?

    public init(
        cloneTo: String? = nil, tables: [String] = [], filters: [String: String] = [:], schemaOnly: [String] = [],
        variable: String? = nil, fingerprint: String? = nil, create: String? = nil, drop: String? = nil,
        repository: String? = nil, reference: String? = nil, output: String? = nil
    ) {
        self.cloneTo = cloneTo
        self.tables = tables
        self.filters = filters
        self.schemaOnly = schemaOnly
        self.variable = variable
        self.fingerprint = fingerprint
        self.create = create
        self.drop = drop
        self.repository = repository
        self.reference = reference
        self.output = output
    }
}
