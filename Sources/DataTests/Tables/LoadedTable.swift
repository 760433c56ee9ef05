import Model
import SystemPackage

/// A table inside the engine, where its columns are `c0`, `c1`, …: no statement but those that load it and those
/// that show it to a user's SQL holds a column's real name.
struct LoadedTable: Sendable {
    let layout: TableLayout
    /// `t0`, `t1`, ….
    let name: String
    /// `c`, or longer where a column of the table begins like that.
    private let prefix: String

    init(_ layout: TableLayout, index: Int) {
        self.layout = layout
        name = "t\(index)"
        var prefix = "c"
        while layout.columns.contains(where: { $0.name.lowercased().hasPrefix(prefix) }) { prefix += "_" }
        self.prefix = prefix
    }

    /// The statement that makes the table: a copy of what is text, a view of what DuckDB reads at full speed.
    func creation(databases: [FilePath]) -> String {
        let table = layout.table
        guard let relation = table.relation(databases: databases) else {
            let columns = layout.columns.indices.map { "'\(prefix)\($0)': 'VARCHAR'" }.joined(separator: ", ")
            return """
                CREATE TEMP TABLE \(name) AS FROM read_csv(\(SQLText.list(table.files.map(\.string))), \
                columns={\(columns)}, delim=\(SQLText.literal(layout.delimiter)), quote='"', escape='"', comment='', \
                header=true, auto_detect=false, nullstr=\(SQLText.list(table.nullWords)))
                """
        }
        let columns = layout.columns.enumerated().map { "\(SQLText.identifier($1.name)) AS \(prefix)\($0)" }
        let kind = table.format == .json ? "TABLE" : "VIEW"
        return "CREATE TEMP \(kind) \(name) AS SELECT \(columns.joined(separator: ", ")) FROM \(relation)"
    }

    /// The table as a statement of a user sees it: real names, declared types.
    func declaration(where condition: String? = nil) -> String {
        "SELECT \(declaredColumns) FROM \(rows(where: condition))"
    }

    /// A FROM item with the rows that meet a user's condition; it must end up in `SQLText.selection` where there is one.
    func rows(where condition: String?) -> String {
        // Qualified, so that a table of the user with the same name does not come between.
        let stored = "temp.\(name)"
        guard let condition else { return stored }
        let own = columns.map(\.sql).joined(separator: ", ")
        // The line end ends a comment that the condition may close with.
        return "(SELECT \(own) FROM (SELECT *, \(declaredColumns) FROM \(stored)) WHERE (\(condition)\n))"
    }

    /// Returns the column of that name; another case counts where no column has the very name.
    func column(named name: String) throws(TestObstacle) -> ColumnReference {
        let exact = layout.columns.firstIndex { $0.name == name }
        let similar = layout.columns.indices.filter { layout.columns[$0].name.lowercased() == name.lowercased() }
        guard let index = exact ?? (similar.count == 1 ? similar[0] : nil) else {
            let names = layout.columns.map(\.name)
            let hint =
                Spelling.suggestion(for: name, among: names)
                ?? "it has " + names.prefix(12).map { "`\($0)`" }.joined(separator: ", ")
                + (names.count > 12 ? ", …" : "")
            throw TestObstacle("`\(layout.table.name)` has no column `\(name)`; \(hint)")
        }
        return column(at: index)
    }

    var columns: [ColumnReference] { layout.columns.indices.map(column(at:)) }

    private func column(at index: Int) -> ColumnReference {
        ColumnReference(index: index, sql: "\(prefix)\(index)", column: layout.columns[index])
    }

    private var declaredColumns: String {
        columns.map { reference in
            let column = reference.column
            let value =
                column.type == column.declaredType ? reference.sql : "CAST(\(reference.sql) AS \(column.declaredType))"
            return "\(value) AS \(SQLText.identifier(column.name))"
        }.joined(separator: ", ")
    }
}

/// A column inside the engine.
struct ColumnReference: Sendable {
    let index: Int
    let sql: String
    let column: TableLayout.Column

    var name: String { column.name }
    var isText: Bool { column.type == "VARCHAR" }

    var isWhole: Bool {
        [
            "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
            "UHUGEINT",
        ].contains(column.type)
    }

    /// Whether it may hold NaN.
    var isFloating: Bool { ["FLOAT", "DOUBLE"].contains(column.type) }

    var isNumber: Bool { isWhole || isFloating || column.type.hasPrefix("DECIMAL") }

    /// The cell as text.
    var text: String { isText ? sql : "CAST(\(sql) AS VARCHAR)" }

    /// The cell as a number of the type DOUBLE; null where it is none.
    var number: String { column.type == "DOUBLE" ? sql : "TRY_CAST(\(sql) AS DOUBLE)" }

    /// The moment in the cell in microseconds since 1970, UTC where it names no zone; null in a cell that holds none.
    ///
    /// `nil` for a column of numbers, or of anything else that is no moment.
    var moment: String? {
        if column.type == "TIMESTAMP WITH TIME ZONE" {
            return "CASE WHEN isfinite(\(sql)) THEN epoch_us(\(sql)) END"
        }
        guard isText || column.type == "DATE" || column.type.hasPrefix("TIMESTAMP") else { return nil }
        let moment = "TRY_CAST(\(sql) AS TIMESTAMP)"
        let plain = "WHEN isfinite(\(moment)) THEN epoch_us(\(moment))"
        guard isText else { return "CASE \(plain) END" }
        // As TIMESTAMP, DuckDB reads a text with an offset as if it had none.
        let hasOffset = "regexp_matches(\(sql), ':[0-9]{2}([.][0-9]+)?\\s*([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)\\s*$')"
        return "CASE WHEN \(hasOffset) THEN epoch_us(TRY_CAST(\(sql) AS TIMESTAMPTZ)) \(plain) END"
    }

    /// Whether a DOUBLE may stand for other whole numbers than this one.
    static func isWide(_ number: Int128) -> Bool { number.magnitude >= 1 << 53 }

    /// The cell as a number of the type HUGEINT; null where it is no whole number or has more than 38 digits.
    ///
    /// The digits are looked at first: DuckDB casts `1.5` to 2.
    var whole: String {
        if isWhole { return "CAST(\(sql) AS HUGEINT)" }
        return
            "CASE WHEN regexp_full_match(\(text), '\\s*[+-]?[0-9]+([.]0*)?\\s*') THEN TRY_CAST(\(sql) AS HUGEINT) END"
    }

    /// As `whole`, and null for numbers that a DOUBLE holds exactly; quick where there are few others.
    var wideWhole: String { "CASE WHEN abs(\(number)) >= 9007199254740992 THEN \(whole) END" }
}
