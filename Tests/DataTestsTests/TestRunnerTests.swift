import HostSystem
import Model
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import DataTests

@Suite("A run gives one result for each test", .needsDuckDB)
struct TestRunnerTests {
    let fixture: Fixture

    init() throws {
        fixture = try Fixture()
        try fixture.write("t.csv", "id,v\n1,10\n2,20\n3,\n")
    }

    @Test("What cannot run is broken and spoils nothing else")
    func isolatesTests() async throws {
        let results = await fixture.run(
            DataTest(check: .notNull(columns: ["id"])),
            DataTest(check: .notNull(columns: ["idd"])),
            DataTest(check: .regex(column: "v", pattern: "[")),
            DataTest(check: .sql(query: "SELECT nothing FROM this")),
            DataTest(check: .rowCount(minimum: 1, maximum: nil, equals: nil), table: "gone.csv"),
            DataTest(check: .notNull(columns: ["v"])))
        #expect(results.map(\.outcome) == [.passed, .broken, .broken, .broken, .broken, .failed])
        #expect(results[1].message == "`t.csv` has no column `idd`; did you mean `id`?")
        #expect(results[2].message.contains("missing ]"))
        #expect(results[3].message.contains("nothing"))
        #expect(results[4].message.contains("`gone.csv` is not there"))
        #expect(results.allSatisfy { $0.subject == .step("clean") })
        #expect(results[0].id == "clean/not_null:id")
        #expect(results[1].stopsTheLine)
    }

    @Test func needsAnEngine() async throws {
        let results = await TestRunner(engine: nil, runner: CommandRunner())
            .run([DataTest(check: .notNull(columns: ["id"]))], on: .source("raw"), in: fixture.context)
        #expect(results.map(\.outcome) == [.broken])
        #expect(results[0].message.contains("pip install"))
        #expect(results[0].id == "source:raw/not_null:id")
    }

    @Test(
        "A program that is gone, too old or no DuckDB makes tests broken",
        arguments: [
            ("exit 1", "pip install"), ("cat > /dev/null; echo garbage", "pip install"),
            (
                "sed -n 's/^.print //p' > marks; head -1 marks; echo '{\"version\":\"v1.1.3\"}'; sed 1d marks; rm marks",
                "older than"
            ), ("kill -9 $$", "signal 9"),
        ])
    func refusesOtherPrograms(script: String, message: String) async throws {
        let program = try fixture.directory.write("duckdb", "#!/bin/sh\n\(script)\n", mode: 0o755)
        var context = fixture.context
        context.variables = ["PATH": "/usr/bin:/bin"]
        let results = await TestRunner(engine: DuckDBEngine(program: program), runner: CommandRunner())
            .run([DataTest(check: .notNull(columns: ["id"]))], on: .step("clean"), in: context)
        #expect(results.map(\.outcome) == [.broken])
        #expect(results[0].message.contains(message), "\(results[0].message)")
    }

    @Test("Without a table named, there must be one")
    func findsTheOnlyTable() async throws {
        var fixture = fixture
        try fixture.write("u.csv", "id\n1\n")
        try fixture.write("model.bin", "x")
        fixture.context.subjectTables = ["model.bin", "u.csv"]
        #expect(try await fixture.run(.rowCount(minimum: nil, maximum: nil, equals: 1)).outcome == .passed)
        fixture.context.subjectTables = ["t.csv", "u.csv"]
        let unclear = try await fixture.run(.rowCount(minimum: 1, maximum: nil, equals: nil))
        #expect(unclear.message == "it is not clear which table is meant; add `table:` with one of `t.csv`, `u.csv`")
        fixture.context.subjectTables = ["model.bin"]
        #expect(try await fixture.run(.rowCount(minimum: 1, maximum: nil, equals: nil)).outcome == .broken)
    }

    @Test("A directory or a glob of parts is one table")
    func joinsParts() async throws {
        var fixture = fixture
        try FileSystem.makeDirectories(fixture.directory.path("parts/a"))
        try fixture.write("parts/1.csv", "id,v\n1,a\n")
        try fixture.write("parts/a/2.csv", "id,v\n2,b\n3,c\n")
        try fixture.write("parts/_SUCCESS", "")
        fixture.context.subjectTables = ["t.csv"]
        let count = Check.rowCount(minimum: nil, maximum: nil, equals: 3)
        #expect(await fixture.run(DataTest(check: count, table: "parts"))[0].outcome == .passed)
        #expect(await fixture.run(DataTest(check: count, table: "parts/**/*.csv"))[0].outcome == .passed)
        #expect(await fixture.run(DataTest(check: count, table: "parts/*.csv"))[0].value == 1)
        #expect(await fixture.run(DataTest(check: count, table: "nowhere/*.csv"))[0].outcome == .broken)
        try fixture.write("parts/3.csv", "v,id\nd,4\n")
        let differing = await fixture.run(DataTest(check: count, table: "parts"))
        #expect(differing[0].message.contains("different columns"))
    }

    @Test("Parquet, JSON, NDJSON, TSV, compressed CSV and DuckDB files are tables")
    func readsFormats() async throws {
        var fixture = fixture
        try await fixture.execute(
            """
            CREATE TABLE t AS SELECT 1 AS id, 'x' AS v, 0.1::DECIMAL(9,2) AS d UNION ALL SELECT 2, NULL, 123456789012::DOUBLE / 100000;
            COPY t TO 'f.parquet'; COPY t TO 'f.json' (ARRAY true); COPY t TO 'f.ndjson' (FORMAT json); COPY t TO 'f.tsv' (DELIMITER '\t');
            COPY t TO 'f.csv.gz'; COPY t TO 'semicolon.csv' (DELIMITER ';'); ATTACH 'f.duckdb' AS d; CREATE TABLE d.orders AS FROM t;
            ATTACH 'g.db' AS e; CREATE SCHEMA e.s; CREATE TABLE e.s.orders AS FROM t;
            """)
        for table in [
            "f.parquet", "f.json", "f.ndjson", "f.tsv", "f.csv.gz", "semicolon.csv", "f.duckdb:orders", "g.db:s.orders",
        ] {
            fixture.context.subjectTables = [table]
            let results = await fixture.run(
                DataTest(check: .notNull(columns: ["v"]), condition: "id > 1"),
                DataTest(check: .unique(columns: ["id"])),
                DataTest(check: .sql(query: "FROM this WHERE id = 2")))
            #expect(results.map(\.outcome) == [.failed, .passed, .failed], "\(table): \(results.map(\.message))")
            #expect(results[0].sample?.rows.first?.prefix(2) == [nil, "2"])
        }
        let typed = await fixture.run(
            DataTest(
                check: .schema(
                    columns: [ColumnType(name: "id", type: "int32"), ColumnType(name: "v", type: "number")],
                    extraColumns: false),
                table: "f.parquet"))
        #expect(typed[0].message == "`v` is VARCHAR, not number; `d` is not listed")
        #expect(typed[0].proposal?.edit == .addColumns([ColumnType(name: "d", type: "number")]))
        let gone = await fixture.run(
            DataTest(check: .rowCount(minimum: 1, maximum: nil, equals: nil), table: "f.duckdb:nothing"))
        #expect(gone[0].outcome == .broken)
    }

    @Test("Numbers of every type are compared as what they are")
    func comparesTypedNumbers() async throws {
        var fixture = fixture
        try await fixture.execute(
            """
            COPY (SELECT 9007199254740993::BIGINT AS whole, 1.5::DECIMAL(9,2) AS decimal, 'nan'::DOUBLE AS float, '1.50' AS text
            UNION ALL SELECT 2, NULL, 0.5, 'x' UNION ALL SELECT NULL, 2, NULL, NULL) TO 'n.parquet'
            """)
        try fixture.write("keys.csv", "key\n1.5\n2\n9007199254740993\n")
        fixture.context.subjectTables = ["n.parquet"]
        let results = await fixture.run(
            DataTest(check: .range(column: "whole", minimum: 2, maximum: 9_007_199_254_740_992)),
            DataTest(check: .range(column: "decimal", minimum: 1.5, maximum: 2)),
            DataTest(check: .range(column: "float", minimum: 0, maximum: nil)),
            DataTest(check: .range(column: "text", minimum: 1.5, maximum: nil)),
            DataTest(check: .acceptedValues(column: "whole", values: [.integer(2), .integer(9_007_199_254_740_993)])),
            DataTest(check: .acceptedValues(column: "decimal", values: [.number(1.5), .integer(2)])),
            DataTest(check: .acceptedValues(column: "text", values: [.number(1.5), .string("x")])),
            DataTest(check: .relationships(column: "whole", to: "keys.csv", field: "key")),
            DataTest(check: .relationships(column: "decimal", to: "keys.csv", field: "key")),
            DataTest(check: .relationships(column: "text", to: "n.parquet", field: "decimal")))
        #expect(results.map(\.value) == [1, 0, 1, 1, 0, 0, 0, 0, 0, 1], "\(results.map(\.message))")
        #expect(results[9].sample?.rows.map { $0[0] } == ["x"])
    }

    @Test("A result is taken over for equal data and an equal definition")
    func reusesResults() async throws {
        var fixture = fixture
        let store = Store()
        let hash = ContentHash(of: "one")
        fixture.context.contentKey = { _ in hash }
        fixture.context.previous = { store.result($0) }
        let test = DataTest(check: .notNull(columns: ["v"]), line: SourceLine(line: 1, column: 1))
        let first = await fixture.run(test)[0]
        let key = try #require(first.key)
        store.keep(first, under: key)
        // The file is gone, so only a reused result can say what was in it.
        try FileSystem.replace(fixture.directory.path("t.csv"), withText: "id,v\n1,1\n")
        var renamed = test
        renamed.line = nil
        renamed.name = "complete"
        let second = await fixture.run(renamed)[0]
        #expect(second.failingRows == 1)
        #expect(second.id == "clean/complete")
        #expect(second.seconds == 0)
        var loosened = test
        loosened.warnIf = Threshold("> 10%")
        #expect(await fixture.run(loosened)[0].outcome == .passed, "another definition is measured anew")
        fixture.context.contentKey = { _ in ContentHash(of: "two") }
        #expect(await fixture.run(test)[0].outcome == .passed, "other data are measured anew")
        fixture.context.contentKey = { _ in nil }
        #expect(await fixture.run(test)[0].key == nil)
    }

    @Test("A broken result has no key, so it is never taken over")
    func neverReusesBrokenResults() async throws {
        var fixture = fixture
        fixture.context.contentKey = { _ in ContentHash(of: "one") }
        let results = await fixture.run(DataTest(check: .sql(query: "SELECT nothing FROM this")))
        #expect(results[0].outcome == .broken)
        #expect(results[0].key == nil)
    }

    @Test(
        "A waiver holds until its last day",
        arguments: [("2026-07-01", true), ("2026-06-30", false), ("tomorrow", false)])
    func waives(until: String, holds: Bool) async throws {
        let waiver = Waiver(until: until, owner: "ops", reason: "late feed")
        let results = await fixture.run(
            DataTest(check: .notNull(columns: ["v"]), waiver: waiver),
            DataTest(check: .notNull(columns: ["id"]), waiver: waiver))
        #expect(results[0].outcome == .failed)
        #expect((results[0].waiver != nil) == holds)
        #expect(results[0].stopsTheLine == !holds)
        #expect(results[0].message.contains(holds ? "waived until" : "lapsed"))
        #expect(results[1].outcome == .passed)
        #expect(results[1].waiver == nil)
    }

    @Test func endsWhenCancelled() async throws {
        let fixture = fixture
        let task = Task { await fixture.run(DataTest(check: .notNull(columns: ["v"]))) }
        task.cancel()
        #expect(await task.value.map(\.outcome) == [.skipped])
    }

    @Test("A query without end is ended, and the others are answered")
    func endsWithItsTime() async throws {
        var fixture = fixture
        fixture.context.timeLimit = TimeSpan(seconds: 6)
        let endless = "SELECT a.range FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 1"
        let results = await fixture.run(
            DataTest(check: .sql(query: endless)), DataTest(check: .notNull(columns: ["v"])),
            DataTest(check: .sql(query: "FROM this WHERE id > 2")))
        #expect(results.map(\.outcome) == [.broken, .failed, .failed])
        #expect(results[0].message.contains("longer than 6s"))
    }

    @Test("A program that dies leaves every test measured that it could")
    func survivesACrash() async throws {
        let engine = try #require(Fixture.engine)
        // Dies of any script that holds the word, as a program does that the kernel ends for want of memory.
        let script =
            "#!/bin/sh\nscript=$(cat)\ncase $script in *dangerous*) kill -9 $$;; esac\n"
            + "printf '%s\\n' \"$script\" | exec '\(engine.program)' \"$@\"\n"
        let program = try fixture.directory.write("duckdb", script, mode: 0o755)
        var context = fixture.context
        context.variables = ["PATH": "/usr/bin:/bin"]
        let results = await TestRunner(engine: DuckDBEngine(program: program), runner: CommandRunner()).run(
            [
                DataTest(check: .notNull(columns: ["id"])), DataTest(check: .regex(column: "v", pattern: "dangerous")),
                DataTest(check: .notNull(columns: ["v"])),
            ], on: .step("clean"), in: context)
        #expect(results.map(\.outcome) == [.passed, .broken, .failed], "\(results.map(\.message))")
        #expect(results[1].message.contains("signal 9"))
    }
}

private final class Store: Sendable {
    private let results = Mutex<[ContentHash: TestResult]>([:])

    func keep(_ result: TestResult, under key: ContentHash) { results.withLock { $0[key] = result } }

    func result(_ key: ContentHash) -> TestResult? { results.withLock { $0[key] } }
}
