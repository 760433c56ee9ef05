import Model
import Testing

@testable import Reporting

@Suite("Tables on a terminal")
struct TextTableTests {
    @Test func alignsColumns() {
        var table = TextTable([.init("branch"), .init("rows", .right), .init("")])
        table.add(["main", "336,776", "ok"])
        table.add(["東京", "8"])
        #expect(
            table.lines(width: 80) == [
                "branch     rows",
                "main    336,776  ok",
                "東京          8",
            ])
    }

    @Test("Where all titles are empty there is no title line")
    func leavesTitlesOut() {
        var table = TextTable([.init(""), .init("")])
        table.add(["a", "b"])
        #expect(table.lines(width: 80, indent: 2) == ["  a  b"])
    }

    @Test("The widest column gives way first")
    func cutsTheWidest() {
        var table = TextTable([.init("id"), .init("path"), .init("note")])
        table.add(["1", "data/raw/flights/2013/january.csv", "first of many"])
        #expect(
            table.lines(width: 30) == [
                "id  path          note",
                "1   data/raw/fl…  first of ma…",
            ])
    }

    @Test("No line is wider than the terminal, whatever the cells", arguments: [1, 8, 9, 20, 33, 80, 200])
    func staysInside(width: Int) {
        var table = TextTable((1...30).map { .init("column\($0)") })
        table.add((1...30).map { String(repeating: "東a", count: $0) })
        table.add(["\u{1B}[2J\n", "🎈🎈🎈🎈🎈🎈", "क्षिक्षिक्षिक्षि"])
        for line in table.lines(width: width) { #expect(TerminalText.width(line) <= width, "\(line)") }
    }

    @Test("Columns without room are left out, and that is said")
    func leavesColumnsOut() {
        var table = TextTable((1...6).map { .init("column_\($0)") })
        table.add((1...6).map { "value \($0)" })
        #expect(
            table.lines(width: 30) == [
                "column…  column_2  column_3  …",
                "value 1  value 2   value 3   …",
            ])
    }

    @Test func escapesCells() {
        var table = TextTable([.init("name")])
        table.add(["a\u{1B}[31m\nb"])
        #expect(table.lines(width: 80) == ["name", "a\\x1b[31m\\nb"])
    }

    @Test func coloursTitles() {
        var table = TextTable([.init("name")])
        table.add(["x"])
        #expect(table.lines(width: 80, style: Style(isColoured: true)) == ["\u{1B}[2mname\u{1B}[0m", "x"])
        #expect(Style.plain.red("x") == "x")
    }
}

@Suite("Failing rows under a test")
struct FailingRowsTests {
    private func result(rows: Int, failing: Int?) -> TestResult {
        let row: (Int) -> [String?] = { ["N\($0)", $0 == 1 ? nil : "\u{1B}]0;x\u{7}", "***"] }
        return TestResult(
            id: "clean/not_null:dep_time", subject: .step("clean"), check: .notNull, severity: .error, outcome: .failed,
            failingRows: failing, message: "8,255 of 336,776 rows have no dep_time",
            sample: RowSample(columns: ["tailnum", "dep\ntime", "pilot"], rows: (1...rows).map(row)))
    }

    @Test func showsFive() {
        #expect(
            FailingRows.lines(result(rows: 100, failing: 8255), width: 80, style: .plain) == [
                "      tailnum  dep\\ntime     pilot",
                "      N1       NULL          ***",
                "      N2       \\x1b]0;x\\x07  ***",
                "      N3       \\x1b]0;x\\x07  ***",
                "      N4       \\x1b]0;x\\x07  ***",
                "      N5       \\x1b]0;x\\x07  ***",
                "      … 8250 more",
            ])
    }

    @Test("Rows that were not kept are counted too", arguments: [(2, 2, 0), (2, 4, 2), (5, 5, 0), (5, 6, 1)])
    func countsTheRest(rows: Int, failing: Int, more: Int) {
        let lines = FailingRows.lines(result(rows: rows, failing: failing), width: 80, style: .plain)
        #expect(lines.count == 1 + rows + (more > 0 ? 1 : 0))
        #expect(more == 0 || lines.last == "      … \(more) more")
    }

    @Test("Columns that do not fit are left out, and long cells are cut")
    func leavesColumnsOut() {
        var wide = result(rows: 1, failing: 1)
        wide.sample = RowSample(
            columns: ["note"] + (1...30).map { "column_\($0)" },
            rows: [[String(repeating: "東", count: 30)] + (1...30).map { "\($0)" }])
        #expect(
            FailingRows.lines(wide, width: 60, style: .plain) == [
                "      note                     column_1  column_2  …",
                "      東東東東東東東東東東東…  1         2",
            ])
        for width in [1, 10, 40, 200] {
            for line in FailingRows.lines(wide, width: width, style: .plain) where width > 7 {
                #expect(TerminalText.width(line) <= width)
            }
        }
    }

    @Test func staysSilentWithoutASample() {
        var passed = result(rows: 1, failing: 0)
        passed.sample = nil
        #expect(FailingRows.lines(passed, width: 80, style: .plain).isEmpty)
    }

    @Test func standsUnderItsLine() {
        let lines = TestLine.lines(result(rows: 1, failing: 1), width: 31, style: .plain)
        #expect(lines.count == 3)
        #expect(lines[0] == "error     clean/not_null:dep_time: 8,255 of 336,776 rows have no dep_time")
        #expect(lines[2] == "      N1       NULL       ***")
    }
}
