import Model

/// What a measurement says about a test's condition, in numbers and in one sentence.
struct Finding: Sendable {
    let holds: Bool
    let value: Double
    /// Whether the value is a number of failing rows.
    let isAboutRows: Bool
    let message: String

    init(_ test: DataTest, _ compiled: CompiledTest, _ found: Measurement) {
        switch test.check {
        case .rowCount(let minimum, let maximum, let equals):
            var expected: [String] = []
            if let equals, found.rows != equals { expected.append("expected \(grouped(equals))") }
            if let minimum, found.rows < minimum { expected.append("expected at least \(grouped(minimum))") }
            if let maximum, found.rows > maximum { expected.append("expected at most \(grouped(maximum))") }
            let size = found.rows == 0 ? "the table is empty" : counted(found.rows, "row")
            self.init(counting: found.rows, holds: expected.isEmpty, ([size] + expected).joined(separator: ", "))
        case .schema(let columns, let extraColumns):
            let differences = SchemaCheck(expected: columns, table: compiled.table)
                .differences(found, extraColumnsAllowed: extraColumns)
            let message =
                differences.isEmpty
                ? "\(counted(columns.count, "column")) as expected"
                : differences.prefix(6).joined(separator: "; ") + (differences.count > 6 ? "; …" : "")
            self.init(counting: differences.count, holds: differences.isEmpty, message)
        default:
            let holds = found.failing == 0
            let message =
                holds ? Self.praise(test.check, compiled, found) : Self.complaint(test.check, compiled, found)
            self.init(counting: found.failing, isAboutRows: true, holds: holds, message)
        }
    }

    private init(counting value: Int, isAboutRows: Bool = false, holds: Bool, _ message: String) {
        self.holds = holds
        self.value = Double(value)
        self.isAboutRows = isAboutRows
        self.message = message
    }

    /// What is said where no row fails.
    private static func praise(_ check: Check, _ compiled: CompiledTest, _ found: Measurement) -> String {
        let rows = counted(found.rows, "row")
        let column = check.columns.first ?? ""
        switch check {
        case .notNull: return "no nulls in \(rows)" + hint(words: words(compiled, found))
        case .notEmpty: return "nothing empty in \(rows)"
        case .unique: return "\(rows), nothing repeats"
        case .acceptedValues(_, let values): return "only \(counted(values.count, "accepted value")) in \(rows)"
        case .range(_, let minimum, let maximum):
            return "\(column) is \(bounds(minimum?.text, maximum?.text)) in \(rows)"
                + extremes(found, compiled)
        case .length(_, let minimum, let maximum):
            return "the length of \(column) is \(bounds(minimum.map { "\($0)" }, maximum.map { "\($0)" })) in \(rows)"
        case .regex: return "every \(column) matches in \(rows)"
        case .relationships(_, let to, let field): return "every \(column) is in \(to).\(field)"
        case .sql: return "the query returns no rows"
        case .rowCount, .schema, .freshness: return rows
        }
    }

    /// What is said where rows fail.
    private static func complaint(_ check: Check, _ compiled: CompiledTest, _ found: Measurement) -> String {
        let share = "\(grouped(found.failing)) of \(counted(found.rows, "row"))"
        let column = check.columns.first ?? ""
        switch check {
        case .notNull(let columns):
            let nulls = compiled.columns.map { ($0.name, found.count("nulls\($0.index)")) }.filter { $0.1 > 0 }
            let each = columns.count > 1 ? ": " + nulls.map { "\($0) \(grouped($1))" }.joined(separator: ", ") : ""
            return "\(share) have no \(columns.joined(separator: " or "))\(each)" + hint(words: words(compiled, found))
        case .notEmpty(let columns):
            return "\(share) have an empty \(columns.joined(separator: " or "))"
        case .unique(let columns):
            let repeated = counted(found.count("combinations"), columns.count == 1 ? "value" : "combination")
            return "\(share) share their \(columns.joined(separator: ", ")) with another (\(repeated))"
        case .acceptedValues:
            return "\(share) have \(article(column)) \(column) that is not listed" + list(found.values, compiled)
        case .range(_, let minimum, let maximum):
            let others = found.count("others")
            return
                "\(share) have \(article(column)) \(column) that is not \(bounds(minimum?.text, maximum?.text))"
                + extremes(found, compiled) + (others > 0 ? "; no number in \(counted(others, "cell"))" : "")
                + hint(words: found.count("words"))
        case .length(_, let minimum, let maximum):
            let allowed = bounds(minimum.map { "\($0)" }, maximum.map { "\($0)" })
            return "\(share) have \(article(column)) \(column) whose length is not \(allowed)"
                + extremes(found, compiled)
        case .regex(_, let pattern):
            return "\(share) have \(article(column)) \(column) that does not match `\(pattern)`"
        case .relationships(_, let to, let field):
            return "\(share) have \(article(column)) \(column) that is not in \(to).\(field)"
                + list(found.values, compiled)
        case .sql:
            return "the query returns \(counted(found.failing, "row"))"
        case .rowCount, .schema, .freshness:
            return share
        }
    }

    private static func words(_ compiled: CompiledTest, _ found: Measurement) -> Int {
        compiled.columns.map { found.count("words\($0.index)") }.reduce(0, +)
    }

    private static func bounds(_ minimum: String?, _ maximum: String?) -> String {
        switch (minimum, maximum) {
        case (let low?, let high?): "between \(low) and \(high)"
        case (let low?, nil): "at least \(low)"
        case (nil, let high?): "at most \(high)"
        case (nil, nil): "a number"
        }
    }

    private static func extremes(_ found: Measurement, _ compiled: CompiledTest) -> String {
        guard compiled.columns.allSatisfy({ !compiled.mask.contains($0.index) }), let least = found.bound("least"),
            let greatest = found.bound("greatest")
        else { return "" }
        return "; it goes from \(least.text) to \(greatest.text)"
    }

    private static func list(_ values: [(text: String, count: Int)], _ compiled: CompiledTest) -> String {
        guard !values.isEmpty, compiled.columns.allSatisfy({ !compiled.mask.contains($0.index) }) else { return "" }
        let shown = values.prefix(5).map { "\(shortened($0.text)) (\(grouped($0.count)))" }.joined(separator: ", ")
        return ": " + shown + (values.count > 5 ? ", …" : "")
    }

    private static func hint(words: Int) -> String {
        words == 0
            ? "" : "; `NA` or the like stands in \(counted(words, "cell")): list it under `nulls` if it means null"
    }
}

private func shortened(_ text: String) -> String {
    text.count > 40 ? String(text.prefix(39)) + "…" : text
}

/// `a` or `an`, by the first letter.
private func article(_ noun: String) -> String {
    "aeiouAEIOU".contains(noun.first ?? " ") ? "an" : "a"
}
