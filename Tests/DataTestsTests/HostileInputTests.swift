import HostSystem
import Model
import SystemPackage
import Testing

@testable import DataTests

@Suite("Names, cells and statements cannot reach beyond their place", .needsDuckDB)
struct HostileInputTests {
    let fixture = try? Fixture()

    func readyFixture() throws -> Fixture {
        let fixture = try #require(fixture)
        try fixture.write("t.csv", "id,secret\n1,canary\n2,\n")
        return fixture
    }

    @Test(
        "A query or a condition cannot write, attach, or read another file",
        arguments: [
            "COPY (SELECT 1) TO 'out.csv'",
            "SELECT 1; COPY (SELECT 1) TO 't.csv' (USE_TMP_FILE false)",
            "SELECT 1) AS x; COPY (SELECT 1) TO 't.csv' (USE_TMP_FILE false); SELECT * FROM (SELECT 1",
            "SELECT * FROM query('COPY (SELECT 1) TO ''out.csv''')",
            "ATTACH 'new.duckdb' AS x",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM glob('/*')",
            "SELECT getenv('HOME')",
            "DELETE FROM temp.t0",
            "SET memory_limit='100GB'",
            "SELECT 1\n.shell touch pwned\n",
            "SELECT '\n.shell touch pwned\n' AS a, \"\n.shell touch pwned\n\" FROM this",
            "SELECT 1 -- ",
        ])
    func confinesUsersStatements(_ statement: String) async throws {
        let fixture = try readyFixture()
        let results = await fixture.run(
            DataTest(check: .sql(query: statement)),
            DataTest(check: .rowCount(minimum: 1, maximum: nil, equals: nil), condition: statement),
            DataTest(
                check: .rowCount(minimum: 1, maximum: nil, equals: nil),
                condition: "true) FROM temp.t0; \(statement); SELECT (1"),
            DataTest(check: .notNull(columns: ["id"])))
        // The last one is harmless, and shows that the others are refused for what they are.
        let isHarmless = statement == "SELECT 1 -- "
        #expect(results[0].outcome == (isHarmless ? .failed : .broken))
        #expect(results[1].outcome == (isHarmless ? .passed : .broken))
        #expect(results[2].outcome == .broken)
        #expect(results[3].outcome == .passed, "another test of the subject is not spoiled")
        #expect(try FileSystem.readText(fixture.directory.path("t.csv")) == "id,secret\n1,canary\n2,\n")
        #expect(try FileSystem.list(fixture.directory.path).map(\.string) == ["t.csv", "tmp"])
        #expect(try FileSystem.list(fixture.context.temporaryDirectory).isEmpty)
    }

    @Test("A condition cannot forge the numbers of another test")
    func keepsConditionsApart() async throws {
        let fixture = try readyFixture()
        let forged = "true)) AS r0, 0 AS f0, 0 AS d0_0, 0 AS d0_1, count(*) FILTER ((true"
        let results = await fixture.run(
            DataTest(check: .notNull(columns: ["secret"])),
            DataTest(check: .rowCount(minimum: 0, maximum: nil, equals: nil), condition: forged))
        #expect(results[0].outcome == .failed)
        #expect(results[0].failingRows == 1)
    }

    @Test(
        "A column may have any name",
        arguments: [
            "a\"b", "\"\u{301}", "a\n.shell touch pwned\nb", "c0", "t0", "x'; DROP TABLE t0; --", "a\\", "ünïcode 列 🎈",
            "this", " ", "\t",
        ])
    func quotesColumns(_ name: String) async throws {
        let fixture = try readyFixture()
        let quoted = name.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
        try fixture.write("t.csv", "\"\(quoted)\",other\n1,2\n,3\n")
        let results = await fixture.run(
            DataTest(check: .notNull(columns: [name])),
            DataTest(check: .unique(columns: [name]), condition: "other > 0"),
            DataTest(check: .relationships(column: name, to: "t.csv", field: name)),
            DataTest(check: .sql(query: "FROM this WHERE other = 3")))
        #expect(results.map(\.outcome) == [.failed, .passed, .passed, .failed], "\(results.map(\.message))")
        #expect(results[0].sample == RowSample(columns: [name, "other"], rows: [[nil, "3"]]))
        #expect(results[3].sample == RowSample(columns: [name, "other"], rows: [[nil, "3"]]))
        #expect(!FileSystem.exists(fixture.directory.path("pwned")))
    }

    @Test(
        "A file may have any name",
        arguments: ["a'b.csv", "a\nb.csv", "$(x).csv", "ü 列.csv", "-init.csv", "[x].csv", "a\\b.csv"])
    func quotesFiles(_ name: String) async throws {
        var fixture = try readyFixture()
        try fixture.write(name, "id\n1\n")
        fixture.context.subjectTables = [name]
        let result = try await fixture.run(.rowCount(minimum: 1, maximum: 1, equals: nil))
        #expect(result.outcome == .passed, "\(result.message)")
    }

    @Test(
        "Cells come back as they are",
        arguments: ["a'b", "{\"x\": 1}", "\u{1B}[31mred", "😀\u{202E}", "=1+1", "a\u{1}b"])
    func carriesCells(_ cell: String) async throws {
        let fixture = try readyFixture()
        let quoted = cell.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
        try fixture.write("t.csv", "id,v\n1,\"\(quoted)\"\n")
        let result = try await fixture.run(.acceptedValues(column: "v", values: [.string("x'y"), .string("\0")]))
        #expect(result.sample?.rows == [[cell, "1"]])
        #expect(result.proposal?.edit == .acceptValues([cell]))
        let accepted = try await fixture.run(.acceptedValues(column: "v", values: [.string(cell)]))
        #expect(accepted.outcome == .passed)
    }

    @Test("Masked values appear nowhere")
    func masks() async throws {
        let fixture = try readyFixture()
        let mask = ["SECRET"]
        let results = await fixture.run(
            DataTest(check: .acceptedValues(column: "secret", values: [.string("x")]), mask: mask),
            DataTest(check: .range(column: "secret", minimum: 0, maximum: 1), mask: mask),
            DataTest(check: .notNull(columns: ["secret"]), mask: ["id"]),
            DataTest(
                check: .sql(query: "SELECT id, secret, upper(secret) AS s FROM this WHERE secret IS NOT NULL"),
                mask: mask),
            DataTest(check: .sql(query: "SELECT CAST(secret AS INTEGER) FROM this"), mask: mask),
            DataTest(check: .notNull(columns: ["id"]), mask: ["secrt"]))
        for result in results { #expect(!"\(result)".lowercased().contains("canary"), "\(result)") }
        #expect(results[0].sample?.rows == [["***", "1"]])
        #expect(results[2].sample?.rows == [[nil, "***"]])
        #expect(results[3].sample?.rows == [["1", "***", "***"]])
        #expect(results[4].outcome == .broken)
        #expect(results[5].message == "`t.csv` has no column `secrt`; did you mean `secret`?")
        #expect(results[5].outcome == .broken)
    }

    @Test(
        "A table that cannot be read is broken, never passed",
        arguments: [
            ("t.csv", "", "is empty"), ("t.csv", "a,b\n1,2\n1,2,3\n", "Line: 3"), ("t.csv", "a,b\n1\n", "Line: 2"),
            ("t.csv", "a\n\"unclosed\n", "cannot be read"), ("t.parquet", "not Parquet", "cannot be read"),
            ("t.json", "{\"a\": 1", "cannot be read"),
            ("t.sqlite:x", "", "cannot be tested; let a step export the table"),
        ])
    func reportsUnreadableTables(name: String, content: String, message: String) async throws {
        var fixture = try readyFixture()
        try fixture.write(String(name.prefix { $0 != ":" }), content)
        fixture.context.subjectTables = [name]
        let result = try await fixture.run(.rowCount(minimum: 0, maximum: nil, equals: nil))
        #expect(result.outcome == .broken)
        #expect(result.message.contains(message), "\(result.message)")
        #expect(!result.message.contains("1,2,3"), "a line of data is not quoted")
    }

    @Test func reportsForeignEncoding() async throws {
        let fixture = try readyFixture()
        try FileSystem.replace(fixture.directory.path("t.csv"), with: Array("name\ncaf".utf8) + [0xE9, 0x0A])
        let result = try await fixture.run(.rowCount(minimum: 0, maximum: nil, equals: nil))
        #expect(result.outcome == .broken)
        #expect(result.message.contains("iconv"))
    }
}
