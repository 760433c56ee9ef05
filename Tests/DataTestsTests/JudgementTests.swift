import Model
import Testing

@testable import DataTests

@Suite("A measured value becomes an outcome")
struct JudgementTests {
    struct Case: CustomTestStringConvertible {
        var error: String?
        var warn: String?
        var info: String?
        var severity = Severity.error
        var value: Double
        var expected: (TestOutcome, Severity)

        var testDescription: String {
            "\(value) of 1,000: error \(error ?? "–"), warn \(warn ?? "–"), info \(info ?? "–")"
        }
    }

    @Test(arguments: [
        Case(value: 0, expected: (.passed, .error)),
        Case(value: 1, expected: (.failed, .error)),
        Case(severity: .info, value: 1, expected: (.failed, .info)),
        Case(error: "> 0.5%", warn: "> 0", value: 0, expected: (.passed, .error)),
        Case(error: "> 0.5%", warn: "> 0", value: 5, expected: (.failed, .warning)),
        Case(error: "> 0.5%", warn: "> 0", value: 6, expected: (.failed, .error)),
        Case(warn: "> 10", info: "> 0", value: 3, expected: (.failed, .info)),
        Case(warn: "> 10", info: "> 0", value: 11, expected: (.failed, .warning)),
        Case(warn: "> 10", value: 9, expected: (.passed, .warning)),
        Case(error: "= 0", value: 0, expected: (.failed, .error)),
    ])
    func judges(_ given: Case) {
        let test = DataTest(
            check: .notNull(columns: ["x"]), severity: given.severity, errorIf: given.error.flatMap { Threshold($0) },
            warnIf: given.warn.flatMap { Threshold($0) }, infoIf: given.info.flatMap { Threshold($0) })
        let judgement = Judgement(test, holds: given.value == 0, value: given.value, total: 1000)
        #expect(judgement.outcome == given.expected.0)
        #expect(judgement.severity == given.expected.1)
    }
}

@Suite("Small pure parts")
struct PartTests {
    @Test(arguments: [
        (["a,b", "1,2"], false, ",", ["a", "b"]), (["a;b,c;d"], false, ";", ["a", "b,c", "d"]),
        (["a,b"], true, "\t", ["a,b"]),
        (["\"x\"\"y\",\"p", "q\",r"], false, ",", ["x\"y", "p\nq", "r"]),
        (["a,a,,A\r"], false, ",", ["a", "a_1", "column2", "A_2"]),
        (["\u{FEFF}id|v"], false, "|", ["id", "v"]),
    ])
    func readsHeaders(lines: [String], tab: Bool, delimiter: String, names: [String]) throws {
        let header = try #require(DelimitedHeader(lines: lines, tab: tab))
        #expect(header.delimiter == delimiter)
        #expect(header.names == names)
    }

    @Test(arguments: [
        ("*.csv", "a.csv", true), ("*.csv", "x/a.csv", false), ("**/*.csv", "x/y/a.csv", true),
        ("**/*.csv", "a.csv", true),
        ("part-?.csv", "part-1.csv", true), ("part-?.csv", "part-10.csv", false), ("a/*/c", "a/b/c", true),
        ("a*b*c", "aXbYbZc", true),
        ("a*b", "ab1", false),
    ])
    func matchesGlobs(pattern: String, path: String, expected: Bool) {
        #expect(GlobPattern(pattern).matches(path) == expected)
    }

    @Test func quotesText() {
        #expect(SQLText.identifier("a\"\u{301}b") == "\"a\"\"\u{301}b\"")
        #expect(SQLText.literal("a'b\\c\nd\0") == "E'a''b\\\\c\\nd\u{FFFD}'")
    }

    @Test(arguments: [
        ("1.4.0", "1.5.6", true), ("v1.5.6", "1.5.10", true), ("2.0", "1.9.9", false), ("1.4.0", "1.4.0", false),
    ])
    func comparesVersions(one: String, other: String, isOlder: Bool) throws {
        let first = try #require(DuckDBVersion(one))
        let second = try #require(DuckDBVersion(other))
        #expect((first < second) == isOlder)
    }

    @Test func groupsDigits() {
        #expect(counted(1, "row") == "1 row")
        #expect(counted(336_776, "row") == "336,776 rows")
        #expect(grouped(-1000) == "-1,000")
    }
}
