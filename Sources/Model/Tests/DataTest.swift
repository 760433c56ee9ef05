/// A check of a source or of a step's output, with a severity.
public struct DataTest: Hashable, Sendable, Codable {
    public var check: Check
    /// A file, a glob, or `database:table`; `nil` means the subject's only table.
    public var table: String?
    /// A condition in SQL that picks the rows looked at.
    public var condition: String?
    /// What a failure means where no threshold is given.
    public var severity: Severity
    public var errorIf: Threshold?
    public var warnIf: Threshold?
    public var infoIf: Threshold?
    public var name: String?
    public var explanation: String?
    /// Failing rows kept.
    public var limit: Int
    /// Columns whose values are never shown.
    public var mask: [String]
    /// The cell texts that are null in CSV; `nil` takes the subject's.
    public var nulls: [String]?
    public var waiver: Waiver?
    public var line: SourceLine?

    public init(
        check: Check, table: String? = nil, condition: String? = nil, severity: Severity = .error,
        errorIf: Threshold? = nil, warnIf: Threshold? = nil, infoIf: Threshold? = nil, name: String? = nil,
        explanation: String? = nil, limit: Int = 100, mask: [String] = [], nulls: [String]? = nil,
        waiver: Waiver? = nil, line: SourceLine? = nil
    ) {
        self.check = check
        self.table = table
        self.condition = condition
        self.severity = severity
        self.errorIf = errorIf
        self.warnIf = warnIf
        self.infoIf = infoIf
        self.name = name
        self.explanation = explanation
        self.limit = limit
        self.mask = mask
        self.nulls = nulls
        self.waiver = waiver
        self.line = line
    }

    /// What names the test among the tests of one subject: its name, or check and columns, with the table where one
    /// is given (`row_count@data/raw/flights.csv`).
    public var identity: String {
        name ?? ([check.name.rawValue] + check.columns).joined(separator: ":") + (table.map { "@" + $0 } ?? "")
    }
}

/// What a data test asks of a table.
///
/// Source: the table in `Sources/DataTests/README.md`.
public enum Check: Hashable, Sendable, Codable {
    case rowCount(minimum: Int?, maximum: Int?, equals: Int?)
    case notNull(columns: [String])
    case notEmpty(columns: [String])
    case unique(columns: [String])
    case acceptedValues(column: String, values: [ParameterValue])
    case range(column: String, minimum: NumericBound?, maximum: NumericBound?)
    case length(column: String, minimum: Int?, maximum: Int?)
    case regex(column: String, pattern: String)
    case relationships(column: String, to: String, field: String)
    case schema(columns: [ColumnType], extraColumns: Bool)
    case sql(query: String)
    /// The newest moment in a column is young enough; without a column, the newest of the subject's data.
    case freshness(column: String?, limits: Freshness)

    /// The words of `headgate.yaml`.
    public enum Name: String, Hashable, Sendable, Codable, CaseIterable {
        case rowCount = "row_count"
        case notNull = "not_null"
        case notEmpty = "not_empty"
        case unique
        case acceptedValues = "accepted_values"
        case range, length, regex, relationships, schema, sql, freshness

        /// Whether its result depends on when it is asked for, so that none is ever reused.
        public var readsClock: Bool { self == .freshness }
    }

    public var name: Name {
        switch self {
        case .rowCount: .rowCount
        case .notNull: .notNull
        case .notEmpty: .notEmpty
        case .unique: .unique
        case .acceptedValues: .acceptedValues
        case .range: .range
        case .length: .length
        case .regex: .regex
        case .relationships: .relationships
        case .schema: .schema
        case .sql: .sql
        case .freshness: .freshness
        }
    }

    /// How old the data may be; `nil` for every check but `freshness`.
    public var limits: Freshness? {
        if case .freshness(_, let limits) = self { limits } else { nil }
    }

    /// The columns looked at, in the order of the file; empty for checks of a whole table.
    public var columns: [String] {
        switch self {
        case .rowCount, .schema, .sql: []
        case .freshness(let column, _): column.map { [$0] } ?? []
        case .notNull(let columns), .notEmpty(let columns), .unique(let columns): columns
        case .acceptedValues(let column, _), .range(let column, _, _), .length(let column, _, _),
            .regex(let column, _), .relationships(let column, _, _):
            [column]
        }
    }
}

/// A column and its type, as `schema` lists them.
public struct ColumnType: Hashable, Sendable, Codable {
    public var name: String
    public var type: String

    public init(name: String, type: String) {
        self.name = name
        self.type = type
    }
}

/// A committed exception to a test, which lapses on its date.
public struct Waiver: Hashable, Sendable, Codable {
    /// `YYYY-MM-DD`, the last day on which it holds.
    public var until: String
    public var owner: String
    public var reason: String

    public init(until: String, owner: String, reason: String) {
        self.until = until
        self.owner = owner
        self.reason = reason
    }
}
