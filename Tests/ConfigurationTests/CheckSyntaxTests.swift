import Model
import Testing

@testable import Configuration

@Suite("The syntax of checks")
struct CheckSyntaxTests {
    static let forms: [(String, DataTest)] = [
        ("not_null: [a, b]", DataTest(check: .notNull(columns: ["a", "b"]))),
        ("not_null: a", DataTest(check: .notNull(columns: ["a"]))),
        ("not_null: {columns: [a], severity: warning}", DataTest(check: .notNull(columns: ["a"]), severity: .warning)),
        ("not_null: {column: a, severity: warn}", DataTest(check: .notNull(columns: ["a"]), severity: .warning)),
        ("{not_null: [a], severity: warning}", DataTest(check: .notNull(columns: ["a"]), severity: .warning)),
        ("not_empty: [a]", DataTest(check: .notEmpty(columns: ["a"]))),
        ("unique: [a, b]", DataTest(check: .unique(columns: ["a", "b"]))),
        ("row_count: {min: 1, max: 5}", DataTest(check: .rowCount(minimum: 1, maximum: 5, equals: nil))),
        ("row_count: 5", DataTest(check: .rowCount(minimum: nil, maximum: nil, equals: 5))),
        (
            "row_count: {equals: 5, table: d/a.csv}",
            DataTest(check: .rowCount(minimum: nil, maximum: nil, equals: 5), table: "d/a.csv")
        ),
        (
            "row_count: {warn_if: \"< 10\"}",
            DataTest(check: .rowCount(minimum: nil, maximum: nil, equals: nil), warnIf: Threshold("< 10"))
        ),
        (
            "accepted_values: {column: c, values: [A, 1, 1.5, true, \"yes\"]}",
            DataTest(
                check: .acceptedValues(
                    column: "c", values: [.string("A"), .integer(1), .number(1.5), .boolean(true), .string("yes")]))
        ),
        (
            "range: {column: c, min: -120, max: 1.5e3}",
            DataTest(check: .range(column: "c", minimum: -120, maximum: 1500))
        ),
        (
            "range: {column: c, min: 9007199254740993, max: 12345678901234567891}",
            DataTest(
                check: .range(
                    column: "c", minimum: 9_007_199_254_740_993, maximum: .whole(12_345_678_901_234_567_891)))
        ),
        (
            "accepted_values: {column: c, values: [12345678901234567891]}",
            DataTest(check: .acceptedValues(column: "c", values: [.string("12345678901234567891")]))
        ),
        ("length: {column: c, max: 3}", DataTest(check: .length(column: "c", minimum: nil, maximum: 3))),
        ("regex: {column: c, pattern: \"^a$\"}", DataTest(check: .regex(column: "c", pattern: "^a$"))),
        (
            "relationships: {column: c, to: d/b.csv, field: id}",
            DataTest(check: .relationships(column: "c", to: "d/b.csv", field: "id"))
        ),
        (
            "schema: {columns: {b: integer, a: text}, extra_columns: ok}",
            DataTest(
                check: .schema(
                    columns: [ColumnType(name: "b", type: "integer"), ColumnType(name: "a", type: "text")],
                    extraColumns: true))
        ),
        ("sql: \"select * from this\"", DataTest(check: .sql(query: "select * from this"))),
        ("sql: {query: \"select 1\", name: nothing}", DataTest(check: .sql(query: "select 1"), name: "nothing")),
        (
            "{unique: [a], where: \"b > 1\", name: n, description: d, limit: 5, mask: [a], nulls: [NA, -999]}",
            DataTest(
                check: .unique(columns: ["a"]), condition: "b > 1", name: "n", explanation: "d", limit: 5, mask: ["a"],
                nulls: ["NA", "-999"])
        ),
        (
            "{unique: [a], error_if: \"> 0.5%\", warn_if: \"> 0\", waive: {until: 2028-02-29, owner: data, reason: known}}",
            DataTest(
                check: .unique(columns: ["a"]), errorIf: Threshold("> 0.5%"), warnIf: Threshold("> 0"),
                waiver: Waiver(until: "2028-02-29", owner: "data", reason: "known"))
        ),
    ]

    @Test("Each form is read as meant", arguments: forms.indices)
    func form(_ index: Int) throws {
        let (text, expected) = Self.forms[index]
        let configuration = try ConfigurationReader.read(
            "version: 1\nsources:\n  s:\n    path: d\n    tests:\n      - \(text)\n", file: "headgate.yaml")
        var test = try #require(configuration.sources.first?.tests.first)
        #expect(test.line == SourceLine(line: 6, column: 9))
        test.line = nil
        #expect(test == expected)
    }

    @Test("Tests of two tables of one source may be alike")
    func twoTables() throws {
        let configuration = try ConfigurationReader.read(
            "version: 1\nsources: {s: {path: d, tests: [row_count: {min: 1, table: d/a.csv}, row_count: {min: 1, table: d/b.csv}]}}\n",
            file: "headgate.yaml")
        #expect(configuration.sources[0].tests.map(\.identity) == ["row_count@d/a.csv", "row_count@d/b.csv"])
    }
}
