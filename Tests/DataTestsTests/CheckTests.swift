import DataTests
import Model
import Testing

@Suite("Each check says what it found", .needsDuckDB)
struct CheckTests {
    let fixture: Fixture

    init() throws {
        fixture = try Fixture()
        try fixture.write(
            "t.csv",
            """
            id,zip,score,kind,flag,note
            1,01234,0.5,a,true,x
            2,01234,12,b,false,
            3,99999,NA,c,true,long text
            4,1234,-3,a,True,y
            4,,nan,d,true,""

            """)
    }

    @Test func countsRows() async throws {
        let passed = try await fixture.run(.rowCount(minimum: 1, maximum: 5, equals: nil))
        #expect(passed.outcome == .passed)
        #expect(passed.value == 5)
        #expect(passed.failingRows == nil)
        let failed = try await fixture.run(.rowCount(minimum: 6, maximum: nil, equals: nil))
        #expect(failed.outcome == .failed)
        #expect(failed.message == "5 rows, expected at least 6")
        #expect(failed.proposal?.edit == .widen(minimum: 5, maximum: nil))
        #expect(try await fixture.run(.rowCount(minimum: nil, maximum: nil, equals: 4)).outcome == .failed)
    }

    @Test func findsNulls() async throws {
        let result = try await fixture.run(.notNull(columns: ["zip", "note"]))
        #expect(result.outcome == .failed)
        #expect(result.failingRows == 2)
        #expect(result.value == 2)
        #expect(result.message == "2 of 5 rows have no zip or note: zip 1, note 2")
        #expect(result.sample?.columns == ["zip", "note", "id", "score", "kind", "flag"])
        #expect(
            result.sample?.rows == [["01234", nil, "2", "12", "b", "false"], [nil, nil, "4", "nan", "d", "true"]])
    }

    @Test("NA is null only where `nulls` says so, and a test that passes over it says so")
    func takesNullWordsFromTheTest() async throws {
        let unlisted = try await fixture.run(.notNull(columns: ["score"]))
        #expect(unlisted.outcome == .passed)
        #expect(unlisted.message.contains("`NA` or the like stands in 2 cells"))
        let listed = await fixture.run(DataTest(check: .notNull(columns: ["score"]), nulls: ["", "NA", "nan"]))
        #expect(listed[0].failingRows == 2)
        let none = await fixture.run(DataTest(check: .notNull(columns: ["zip"]), nulls: []))
        #expect(none[0].outcome == .passed)
    }

    @Test func findsEmptyText() async throws {
        let result = await fixture.run(DataTest(check: .notEmpty(columns: ["note"]), nulls: ["NA"]))
        #expect(result[0].failingRows == 2)
        #expect(try await fixture.run(.notEmpty(columns: ["note"])).outcome == .passed)
    }

    @Test("Text is compared letter by letter, so that 01234 and 1234 are two codes")
    func findsRepetitions() async throws {
        let zip = try await fixture.run(.unique(columns: ["zip"]))
        #expect(zip.failingRows == 2)
        #expect(zip.message == "2 of 5 rows share their zip with another (1 value)")
        #expect(zip.sample?.rows.map { $0[0] } == ["01234", "01234"])
        #expect(try await fixture.run(.unique(columns: ["id", "kind"])).outcome == .passed)
        #expect(try await fixture.run(.unique(columns: ["id"])).failingRows == 2)
    }

    @Test func proposesValues() async throws {
        let result = try await fixture.run(.acceptedValues(column: "kind", values: [.string("a"), .string("x")]))
        #expect(result.failingRows == 3)
        #expect(result.message == "3 of 5 rows have a kind that is not listed: b (1), c (1), d (1)")
        #expect(result.proposal?.edit == .acceptValues(["b", "c", "d"]))
        #expect(result.proposal?.test == "clean/accepted_values:kind")
        let numbers = try await fixture.run(.acceptedValues(column: "score", values: [.integer(12), .number(0.5)]))
        #expect(numbers.failingRows == 3)
        let flags = try await fixture.run(.acceptedValues(column: "flag", values: [.boolean(true), .boolean(false)]))
        #expect(flags.outcome == .passed)
    }

    @Test("What is no number is not in the range")
    func findsValuesOutside() async throws {
        let result = try await fixture.run(.range(column: "score", minimum: 0, maximum: 10))
        #expect(result.failingRows == 4)
        #expect(result.message.contains("it goes from -3 to 12; no number in 2 cells"))
        #expect(result.proposal?.edit == .widen(minimum: -3, maximum: 12))
        let half = try await fixture.run(.range(column: "id", minimum: 1, maximum: nil))
        #expect(half.outcome == .passed)
        #expect(half.value == 0)
    }

    @Test("Whole numbers wider than a DOUBLE are compared digit by digit, and the proposal holds every digit")
    func comparesWideNumbers() async throws {
        try fixture.write("t.csv", "id,n\n12345678901234567891,9007199254740993\n7,x\n5.5,1e400\n")
        let (bound, next) = (NumericBound.whole(12_345_678_901_234_567_890), Int128(12_345_678_901_234_567_891))
        let result = try await fixture.run(.range(column: "id", minimum: nil, maximum: bound))
        #expect(result.failingRows == 1)
        #expect(result.message.hasSuffix("not at most 12345678901234567890; it goes from 5.5 to 12345678901234567891"))
        #expect(result.proposal?.edit == .widen(minimum: nil, maximum: .whole(next)))
        #expect(try await fixture.run(.range(column: "id", minimum: 0, maximum: .whole(next))).outcome == .passed)
        #expect(try await fixture.run(.range(column: "id", minimum: .whole(next), maximum: nil)).failingRows == 2)
        let edge = try await fixture.run(.range(column: "n", minimum: nil, maximum: 9_007_199_254_740_992))
        #expect(edge.failingRows == 3)
        let listed = try await fixture.run(.acceptedValues(column: "n", values: [.integer(9_007_199_254_740_992)]))
        #expect(listed.failingRows == 3)
        let right = try await fixture.run(.acceptedValues(column: "n", values: [.integer(9_007_199_254_740_993)]))
        #expect(right.failingRows == 2)
    }

    @Test func measuresLength() async throws {
        let result = try await fixture.run(.length(column: "zip", minimum: 5, maximum: 5))
        #expect(result.failingRows == 1)
        #expect(result.proposal?.edit == .widen(minimum: 4, maximum: nil))
    }

    @Test func matchesPatterns() async throws {
        #expect(try await fixture.run(.regex(column: "zip", pattern: #"^\d{5}$"#)).failingRows == 1)
        #expect(try await fixture.run(.regex(column: "kind", pattern: "[a-d]")).outcome == .passed)
        let bad = try await fixture.run(.regex(column: "kind", pattern: "("))
        #expect(bad.outcome == .broken)
    }

    @Test func followsRelationships() async throws {
        var fixture = fixture
        try fixture.write("kinds.csv", "kind,name\na,A\nb,B\n")
        fixture.context.tables = [NamedTable(name: "kinds", path: "kinds.csv")]
        let result = try await fixture.run(.relationships(column: "kind", to: "kinds", field: "kind"))
        #expect(result.failingRows == 2)
        #expect(result.message == "2 of 5 rows have a kind that is not in kinds.kind: c (1), d (1)")
        #expect(result.sample?.rows.map { $0[0] } == ["c", "d"])
        let byPath = try await fixture.run(.relationships(column: "kind", to: "kinds.csv", field: "kind"))
        #expect(byPath.failingRows == 2)
        let missing = try await fixture.run(.relationships(column: "kind", to: "kind", field: "kind"))
        #expect(missing.outcome == .broken)
        #expect(missing.message == "there is no table `kind`; did you mean `kinds`?")
        let field = try await fixture.run(.relationships(column: "kind", to: "kinds", field: "nam"))
        #expect(field.message == "`kinds.csv` has no column `nam`; did you mean `name`?")
    }

    @Test func comparesSchemas() async throws {
        let expected = [
            ColumnType(name: "id", type: "integer"), ColumnType(name: "score", type: "number"),
            ColumnType(name: "zip", type: "string"), ColumnType(name: "when", type: "date"),
        ]
        let result = try await fixture.run(.schema(columns: expected, extraColumns: false))
        #expect(result.outcome == .failed)
        #expect(result.failingRows == nil)
        #expect(
            result.message
                == "`score` has 1 cell of another type than number; `when` is missing; the columns stand in another order; "
                + "`kind` is not listed; `flag` is not listed; `note` is not listed")
        #expect(
            result.proposal?.edit
                == .addColumns([
                    ColumnType(name: "kind", type: "string"), ColumnType(name: "flag", type: "boolean"),
                    ColumnType(name: "note", type: "string"),
                ]))
        let good = try await fixture.run(.schema(columns: Array(expected.prefix(1)), extraColumns: true))
        #expect(good.outcome == .passed)
        #expect(good.value == 0)
    }

    @Test("A query sees real names, types, and the other tables")
    func runsQueries() async throws {
        var fixture = fixture
        try fixture.write("kinds.csv", "kind,name\na,A\nb,B\n")
        fixture.context.tables = [
            NamedTable(name: "kinds", path: "kinds.csv"), NamedTable(name: "other", path: "gone.csv"),
        ]
        let result = try await fixture.run(
            .sql(query: "SELECT id, k.name FROM this JOIN kinds AS k USING (kind) WHERE id >= 2 ORDER BY id; -- done"))
        #expect(result.outcome == .broken)
        let plain = try await fixture.run(
            .sql(query: "SELECT id, k.name FROM this JOIN kinds AS k USING (kind) WHERE id >= 2 ORDER BY id -- done"))
        #expect(plain.failingRows == 2)
        #expect(plain.message == "the query returns 2 rows")
        #expect(plain.sample == RowSample(columns: ["id", "name"], rows: [["2", "B"], ["4", "A"]]))
        #expect(try await fixture.run(.sql(query: "FROM this WHERE id > 100;\n ")).outcome == .passed)
    }

    @Test("A table whose name a column has need not be there, one that is asked for must")
    func explainsMissingTables() async throws {
        var fixture = fixture
        fixture.context.tables = [
            NamedTable(name: "kind", path: "kind.parquet"), NamedTable(name: "zip", path: "model.bin"),
            NamedTable(name: "flag", path: "empty.csv"),
        ]
        try fixture.write("empty.csv", "")
        #expect(try await fixture.run(.sql(query: "SELECT kind, zip, flag FROM this WHERE id > 9")).outcome == .passed)
        let missing = try await fixture.run(.sql(query: "SELECT * FROM kind"))
        #expect(missing.message.hasPrefix("the query asks for `kind`: `kind.parquet` is not there"))
        let empty = try await fixture.run(.sql(query: "SELECT * FROM flag"))
        #expect(empty.message == "the query asks for `flag`: `empty.csv` is empty: it has no header line")
    }

    @Test func looksOnlyAtChosenRows() async throws {
        let results = await fixture.run(
            DataTest(check: .notNull(columns: ["note"]), condition: "id >= 3 -- only those"),
            DataTest(check: .unique(columns: ["id"]), condition: "kind <> 'd'"),
            DataTest(check: .rowCount(minimum: 5, maximum: nil, equals: nil), condition: "id > 1"))
        #expect(results[0].failingRows == 1)
        #expect(results[0].message == "1 of 3 rows have no note")
        #expect(results[1].outcome == .passed)
        #expect(results[2].value == 4)
    }

    @Test func keepsAFewRows() async throws {
        let results = await fixture.run(
            DataTest(check: .acceptedValues(column: "kind", values: []), limit: 2),
            DataTest(check: .acceptedValues(column: "kind", values: []), limit: 0))
        #expect(results[0].failingRows == 5)
        #expect(results[0].sample?.rows.count == 2)
        #expect(results[1].failingRows == 5)
        #expect(results[1].sample == nil)
        #expect(results.map(\.id) == ["clean/accepted_values:kind", "clean/accepted_values:kind#2"])
    }
}
