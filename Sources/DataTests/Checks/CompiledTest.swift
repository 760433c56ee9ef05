import Model

/// A data test as questions to the engine.
struct CompiledTest: Sendable {
    /// How the number of failing rows is found.
    enum Measure: Sendable {
        /// By one scan of the table, shared with other tests: a condition that is true, never null, for failing rows;
        /// `nil` where rows are only counted.
        case scan(failing: String?)
        /// By combinations that occur more than once.
        case repetition([ColumnReference])
        /// By keys that another table does not have: `key` of the rows, and a query for the others as `p0`.
        case search(key: String, others: String)
        /// By a user's query: its rows fail. Tables by the name under which it sees them.
        case query(String, tables: [(name: String, table: LoadedTable)])
    }

    /// The place of the test in the caller's list.
    let index: Int
    let table: LoadedTable
    let condition: String?
    let measure: Measure
    /// Further values of the scan, by name: aggregates over the rows looked at.
    let details: [Detail]
    /// The expression whose most frequent values among failing rows are listed, and how many; `nil` for none.
    let values: (expression: String, count: Int)?
    /// How many failing rows are kept.
    let sampleSize: Int
    let mask: Set<Int>
    /// The columns that the test is about, shown first.
    let columns: [ColumnReference]
    /// The tables it reads besides its own.
    let otherTables: [LoadedTable]

    struct Detail: Sendable {
        let name: String
        let aggregate: String
    }

    /// The tests that share a scan: one table, and one condition word by word, so that no test's condition can reach
    /// into the numbers of another.
    struct ScanGroup: Hashable {
        let table: String
        let condition: String?
    }

    /// Whether it is a user's own query.
    var isQuery: Bool {
        if case .query = measure { return true }
        return false
    }

    var scanGroup: ScanGroup? {
        guard case .scan = measure else { return nil }
        return ScanGroup(table: table.name, condition: condition)
    }
}

/// What the engine found for one test.
struct Measurement: Sendable {
    /// The rows looked at.
    var rows: Int
    var failing: Int
    var details: [String: String]
    /// The first failing rows, masked.
    var sample: RowSample?
    /// The most frequent values among the failing rows.
    var values: [(text: String, count: Int)]

    func number(_ detail: String) -> Double? {
        details[detail].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    /// A bound that no digit is missing from.
    func bound(_ detail: String) -> NumericBound? {
        guard let rounded = number(detail) else { return nil }
        // The measured text of a typed column is exact; that of a text column went through a DOUBLE.
        guard abs(rounded) >= 0x1p53 else { return NumericBound(rounded) }
        return (details[detail + "Wide"] ?? details[detail]).flatMap { NumericBound($0) }
    }

    func count(_ detail: String) -> Int {
        details[detail].flatMap { Int($0) } ?? 0
    }
}
