import Model

/// Compares the columns of a table with those that a `schema` test lists.
struct SchemaCheck: Sendable {
    let expected: [ColumnType]
    let table: LoadedTable

    /// What the scan has to find out: for the columns of a text file, how many cells are not of the type expected.
    var details: [CompiledTest.Detail] {
        guard table.layout.table.format.isText else { return [] }
        var details: [CompiledTest.Detail] = []
        for (index, column) in expected.enumerated() {
            guard let actual = actual(column.name), let test = TypeWord(column.type)?.test(actual) else { continue }
            let aggregate = "count(*) FILTER (\(actual.sql) IS NOT NULL AND NOT coalesce(\(test), false))"
            details.append(.init(name: "misfits\(index)", aggregate: aggregate))
        }
        for column in extraColumns {
            for word in TypeWord.inferable {
                guard let test = word.test(column) else { continue }
                let aggregate = "count(*) FILTER (\(column.sql) IS NOT NULL AND NOT coalesce(\(test), false))"
                details.append(.init(name: "\(word.rawValue)\(column.index)", aggregate: aggregate))
            }
        }
        return details
    }

    /// The columns that the test does not list.
    var extraColumns: [ColumnReference] {
        table.columns.filter { column in !expected.contains { $0.name.lowercased() == column.name.lowercased() } }
    }

    /// The columns that the test does not list, with their types as the test would name them.
    func proposedColumns(_ measurement: Measurement) -> [ColumnType] {
        extraColumns.map { column in
            guard table.layout.table.format.isText else {
                return ColumnType(
                    name: column.name, type: TypeWord.naming(column.column.type)?.rawValue ?? column.column.type)
            }
            // A column without any cell fits every type, which says nothing about it.
            let fitting = TypeWord.inferable.first { measurement.details["\($0.rawValue)\(column.index)"] == "0" }
            return ColumnType(name: column.name, type: (fitting ?? .string).rawValue)
        }
    }

    /// Each difference as a few words, in the order of the test's list.
    func differences(_ measurement: Measurement, extraColumnsAllowed: Bool) -> [String] {
        var differences: [String] = []
        var positions: [Int] = []
        for (index, column) in expected.enumerated() {
            guard let actual = actual(column.name) else {
                differences.append("`\(column.name)` is missing")
                continue
            }
            positions.append(actual.index)
            let misfits = measurement.count("misfits\(index)")
            if table.layout.table.format.isText {
                if TypeWord(column.type) == nil {
                    differences.append("`\(column.name)`: a text file has no type `\(column.type)`")
                } else if misfits > 0 {
                    differences.append(
                        "`\(column.name)` has \(counted(misfits, "cell")) of another type than \(column.type)")
                }
            } else if !typeMatches(actual.column.type, column.type) {
                differences.append("`\(column.name)` is \(actual.column.type), not \(column.type)")
            }
        }
        if positions != positions.sorted() { differences.append("the columns stand in another order") }
        if !extraColumnsAllowed {
            differences += extraColumns.map { "`\($0.name)` is not listed" }
        }
        return differences
    }

    private func actual(_ name: String) -> ColumnReference? {
        // A missing column is what this check is about, not an obstacle.
        try? table.column(named: name)
    }
}

/// Whether DuckDB's `actual` type is the `expected` one: by its own name, by a word of ours, or by a name that says how
/// wide it is.
private func typeMatches(_ actual: String, _ expected: String) -> Bool {
    if actual.uppercased() == expected.uppercased() { return true }
    let exact: [String: Set<String>] = [
        "int8": ["TINYINT"], "tinyint": ["TINYINT"], "int16": ["SMALLINT"], "smallint": ["SMALLINT"],
        "int32": ["INTEGER"], "int64": ["BIGINT"], "bigint": ["BIGINT"], "long": ["BIGINT"], "float32": ["FLOAT"],
        "real": ["FLOAT"], "float": ["FLOAT", "DOUBLE"], "float64": ["DOUBLE"], "double": ["DOUBLE"],
        "timestamptz": ["TIMESTAMP WITH TIME ZONE"],
    ]
    if let types = exact[expected.lowercased()] { return types.contains(actual) }
    return TypeWord(expected)?.includes(actual) ?? false
}

/// The words for types that hold for every format: `integer` is a whole number of any width.
enum TypeWord: String, Sendable, CaseIterable {
    case boolean, integer, number, date, timestamp, string

    /// The types that the cells of a text file are tried against, the narrowest first; what fits none is a string.
    static let inferable: [TypeWord] = [.integer, .number, .boolean, .date, .timestamp]

    /// Reads a word of ours, of SQL, of pandas or of Arrow; `nil` for anything else.
    init?(_ word: String) {
        switch word.lowercased() {
        case "boolean", "bool", "logical": self = .boolean
        case "integer", "int", "long", "bigint", "smallint", "tinyint", "int8", "int16", "int32", "int64":
            self = .integer
        case "number", "numeric", "float", "double", "real", "decimal", "float32", "float64": self = .number
        case "date": self = .date
        case "timestamp", "datetime", "timestamptz", "timestamp with time zone": self = .timestamp
        case "string", "text", "varchar", "str", "object", "character": self = .string
        default: return nil
        }
    }

    /// The word for a type of DuckDB, or `nil` for a type that none names, such as a list.
    static func naming(_ type: String) -> TypeWord? {
        allCases.first { $0.includes(type) }
    }

    /// Whether a column of DuckDB's `type` is what the word says.
    func includes(_ type: String) -> Bool {
        switch self {
        case .boolean: type == "BOOLEAN"
        case .integer: type.hasSuffix("INT") || type == "INTEGER" || type == "UINTEGER"
        case .number:
            ["FLOAT", "DOUBLE"].contains(type) || type.hasPrefix("DECIMAL") || TypeWord.integer.includes(type)
        case .date: type == "DATE"
        case .timestamp: type.hasPrefix("TIMESTAMP")
        case .string: type == "VARCHAR" || type.hasPrefix("ENUM") || type == "UUID"
        }
    }

    /// Whether the text of a cell is of the type; `nil` where every text is.
    func test(_ column: ColumnReference) -> String? {
        switch self {
        case .boolean: "lower(\(column.sql)) IN ('true', 'false', 't', 'f', 'yes', 'no', '0', '1')"
        case .integer: "regexp_full_match(\(column.sql), '[+-]?[0-9]+')"
        case .number: "TRY_CAST(\(column.sql) AS DOUBLE) IS NOT NULL"
        case .date: "TRY_CAST(\(column.sql) AS DATE) IS NOT NULL AND length(\(column.sql)) <= 10"
        case .timestamp: "TRY_CAST(\(column.sql) AS TIMESTAMP) IS NOT NULL"
        case .string: nil
        }
    }
}
