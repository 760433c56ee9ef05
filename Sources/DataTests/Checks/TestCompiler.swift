import Model

/// Turns data tests into questions to the engine. Pure.
enum TestCompiler {
    /// - Parameters:
    ///   - table: the table that the test looks at.
    ///   - others: the tables that it names besides, by name.
    /// - Throws: an obstacle for a column that does not exist, and for values that the check cannot take.
    static func compile(
        _ test: DataTest, index: Int, table: LoadedTable, others: [(name: String, table: LoadedTable)]
    ) throws(TestObstacle) -> CompiledTest {
        let columns = try references(test.check.columns, in: table)
        var measure = CompiledTest.Measure.scan(failing: nil)
        var details: [CompiledTest.Detail] = []
        var values: (String, Int)?
        switch test.check {
        case .rowCount:
            break
        case .notNull:
            measure = .scan(failing: anyOf(columns.map { "\($0.sql) IS NULL" }))
            for column in columns {
                if columns.count > 1 {
                    let nulls = "count(*) FILTER (\(column.sql) IS NULL)"
                    details.append(.init(name: "nulls\(column.index)", aggregate: nulls))
                }
                if let words = undeclaredNulls(column, in: table) {
                    details.append(.init(name: "words\(column.index)", aggregate: "count(*) FILTER (\(words))"))
                }
            }
        case .notEmpty:
            measure = .scan(failing: anyOf(columns.map { holds("\($0.text) = ''") }))
        case .unique:
            measure = .repetition(columns)
        case .acceptedValues(_, let accepted):
            measure = .scan(
                failing: "(\(columns[0].sql) IS NOT NULL AND NOT coalesce(\(isAccepted(columns[0], accepted)), false))")
            values = (columns[0].text, Proposals.mostValues + 1)
        case .range(_, let minimum, let maximum):
            measure = .scan(failing: outside(columns[0], minimum, maximum))
            details = rangeDetails(columns[0], in: table)
        case .length(_, let minimum, let maximum):
            let length = "length(\(columns[0].text))"
            let bounds = [minimum.map { "\(length) < \($0)" }, maximum.map { "\(length) > \($0)" }].compactMap { $0 }
            measure = .scan(failing: anyOf(bounds.map(holds)))
            details = [
                .init(name: "least", aggregate: "min(\(length))"), .init(name: "greatest", aggregate: "max(\(length))"),
            ]
        case .regex(_, let pattern):
            measure = .scan(
                failing: holds("NOT regexp_matches(\(columns[0].text), \(SQLText.literal(pattern)))"))
        case .relationships(_, _, let field):
            guard let other = others.first?.table else { throw TestObstacle("the other table is missing") }
            let (child, parent) = comparable(columns[0], try other.column(named: field))
            measure = .search(
                key: child,
                others: "SELECT \(parent) AS p0 FROM \(other.rows(where: nil)) WHERE \(parent) IS NOT NULL")
            values = ("k0", 6)
        case .schema(let expected, _):
            details = SchemaCheck(expected: expected, table: table).details
        case .freshness(let column, _):
            guard column != nil, let moment = columns.first?.moment else {
                throw TestObstacle(
                    columns.first.map { "`\($0.name)` is of type \($0.column.type), which is no moment" }
                        ?? "it names no column")
            }
            let others = "count(*) FILTER (\(columns[0].sql) IS NOT NULL AND \(moment) IS NULL)"
            details = [.init(name: "newest", aggregate: "max(\(moment))"), .init(name: "others", aggregate: others)]
        case .sql(let query):
            measure = .query(trimmedStatement(query), tables: [("this", table)] + others)
        }
        return CompiledTest(
            index: index, table: table, condition: test.condition, measure: measure, details: details, values: values,
            sampleSize: max(0, test.limit), mask: try mask(test, table), columns: columns,
            otherTables: others.map(\.table))
    }

    private static func references(_ names: [String], in table: LoadedTable) throws(TestObstacle) -> [ColumnReference] {
        var references: [ColumnReference] = []
        for name in names { references.append(try table.column(named: name)) }
        return references
    }

    /// A masked column that does not exist is an obstacle: its values would be shown under the name it really has.
    private static func mask(_ test: DataTest, _ table: LoadedTable) throws(TestObstacle) -> Set<Int> {
        Set(try references(test.mask, in: table).map(\.index))
    }
}

private func anyOf(_ conditions: [String]) -> String {
    conditions.isEmpty ? "false" : "(" + conditions.joined(separator: " OR ") + ")"
}

/// A condition with null taken for false.
private func holds(_ condition: String) -> String {
    "coalesce(\(condition), false)"
}

/// The words that people write for a missing value and that the table's `nulls` do not list.
let missingWords = ["NA", "N/A", "NULL", "null", "None", "nan", "NaN", "\\N"]

private func undeclaredNulls(_ column: ColumnReference, in table: LoadedTable) -> String? {
    guard table.layout.table.format.isText else { return nil }
    let words = missingWords.filter { !table.layout.table.nulls.contains($0) }
    guard !words.isEmpty else { return nil }
    return "\(column.sql) IN (\(words.map(SQLText.literal).joined(separator: ", ")))"
}

/// Whether a cell is an accepted value: text letter by letter, numbers and booleans by what they mean.
private func isAccepted(_ column: ColumnReference, _ values: [ParameterValue]) -> String {
    var texts: [String] = []
    var numbers: [String] = []
    var lowercased: [String] = []
    var wholes: [String] = []
    for value in values {
        switch value {
        case .string(let text): texts.append(SQLText.literal(text))
        case .boolean(let value): lowercased.append("'\(value)'")
        case .integer(let number):
            if column.isWhole {
                numbers.append(String(number))
            } else if !column.isFloating, ColumnReference.isWide(Int128(number)) {
                wholes.append(SQLText.whole(Int128(number)))
            } else {
                numbers.append(SQLText.number(Double(number)))
            }
        case .number(let number): numbers.append(SQLText.number(number))
        }
        // As a number is written, it is also accepted as text: `0x` or a hundred digits are no DOUBLE.
        if value.isNumber, !column.isNumber { texts.append(SQLText.literal(value.text)) }
    }
    let sides = [
        (column.text, texts), (column.isWhole ? column.sql : column.number, numbers),
        ("lower(\(column.text))", lowercased), (column.whole, wholes),
    ]
    return anyOf(sides.filter { !$0.1.isEmpty }.map { "\($0.0) IN (\($0.1.joined(separator: ", ")))" })
}

extension ParameterValue {
    fileprivate var isNumber: Bool { type == .integer || type == .number }
}

/// Whether a cell lies outside the bounds or is no number at all.
private func outside(_ column: ColumnReference, _ minimum: NumericBound?, _ maximum: NumericBound?) -> String {
    func side(_ bound: NumericBound, _ sign: String) -> String {
        let rounded = "\(column.number) \(sign) \(SQLText.number(bound.value))"
        guard case .whole(let number) = bound else { return rounded }
        if column.isWhole { return "\(column.sql) \(sign) \(SQLText.whole(number))" }
        // Next to a bound of fewer bits, rounding a whole number to a DOUBLE does not change its side.
        guard ColumnReference.isWide(number) else { return rounded }
        return "coalesce(\(column.whole) \(sign) \(SQLText.whole(number)), \(rounded))"
    }
    let sides = [minimum.map { side($0, "<") }, maximum.map { side($0, ">") }, notNumber(column)].compactMap { $0 }
    return "(\(column.sql) IS NOT NULL AND coalesce(\(anyOf(sides)), false))"
}

/// Whether a cell that is there holds no number, NaN included; `nil` where the type says that it does.
private func notNumber(_ column: ColumnReference) -> String? {
    if column.isFloating { return "isnan(\(column.sql))" }
    return column.isNumber ? nil : "\(column.number) IS NULL OR isnan(\(column.number))"
}

/// The least and the greatest number, and how many cells hold none.
private func rangeDetails(_ column: ColumnReference, in table: LoadedTable) -> [CompiledTest.Detail] {
    let value = column.isNumber ? column.sql : column.number
    let wide =
        column.isNumber
        ? []
        : [("least", "min"), ("greatest", "max")].map { name, function in
            CompiledTest.Detail(name: name + "Wide", aggregate: "\(function)(\(column.wideWhole))")
        }
    guard let notNumber = notNumber(column) else {
        return [.init(name: "least", aggregate: "min(\(value))"), .init(name: "greatest", aggregate: "max(\(value))")]
    }
    // NaN is no bound that anything could be widened to.
    let numbers = "FILTER (NOT (\(notNumber)))"
    var details: [CompiledTest.Detail] = [
        .init(name: "least", aggregate: "min(\(value)) \(numbers)"),
        .init(name: "greatest", aggregate: "max(\(value)) \(numbers)"),
        .init(name: "others", aggregate: "count(*) FILTER (\(column.sql) IS NOT NULL AND (\(notNumber)))"),
    ]
    details += wide
    if let words = undeclaredNulls(column, in: table) {
        details.append(.init(name: "words", aggregate: "count(*) FILTER (\(words))"))
    }
    return details
}

/// The two columns of a relationship in a form in which equal values are equal.
private func comparable(_ child: ColumnReference, _ parent: ColumnReference) -> (child: String, parent: String) {
    if child.column.type == parent.column.type { return (child.sql, parent.sql) }
    if child.isNumber, parent.isNumber { return (child.sql, parent.sql) }
    if child.isNumber && !child.isWhole || parent.isNumber && !parent.isWhole { return (child.number, parent.number) }
    return (child.text, parent.text)
}

/// The query without blanks and semicolons at its end; anything else behind a semicolon DuckDB refuses.
private func trimmedStatement(_ query: String) -> String {
    var scalars = query.unicodeScalars[...]
    while let last = scalars.last, last == ";" || last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
}
