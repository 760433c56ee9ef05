import Model
import Testing

@testable import DataTests

@Suite("Freshness")
struct FreshnessTests {
    private let limits = Freshness(warnAfter: .hours(26), errorAfter: .days(3))

    private func result(_ newest: NewestData, _ limits: Freshness? = nil) async throws -> TestResult {
        // Without an engine: no table is looked at.
        var fixture = try Fixture(engine: nil)
        fixture.context.newest = { newest }
        return try await fixture.run(.freshness(column: nil, limits: limits ?? self.limits))
    }

    @Test(
        "Data is as old as its newest moment; the limit itself is young enough",
        arguments: [
            (0, TestOutcome.passed, Severity.error, "0s old"), (26 * 3600, .passed, .error, "26h old"),
            (26 * 3600 + 1, .failed, .warning, "26h old, should be 26h at most"),
            (3 * 86_400, .failed, .warning, "3d old"),
            (3 * 86_400 + 1, .failed, .error, "3d old, may be 3d at most"), (-86_400, .passed, .error, "0s old"),
            (-86_401, .failed, .error, "dated 24h ahead of now"),
        ])
    func ages(seconds: Int, outcome: TestOutcome, severity: Severity, message: String) async throws {
        let moment = Timestamp(nanoseconds: Fixture.now.nanoseconds - Int64(seconds) * 1_000_000_000)
        let result = try await result(.moment(moment))
        #expect(result.outcome == outcome)
        #expect(result.severity == severity)
        #expect(result.message == "\(message) (\(moment.rfc3339))" || result.message.hasPrefix(message + ", "))
        #expect(result.value == Double(seconds))
        #expect(result.key == nil, "a result of another moment says nothing")
    }

    @Test("With one limit there is one severity, and what is not known is broken")
    func limits() async throws {
        let old = Timestamp(nanoseconds: 0)
        #expect(try await result(.moment(old), Freshness(warnAfter: .days(1))).severity == .warning)
        #expect(try await result(.moment(old), Freshness(errorAfter: .days(1))).severity == .error)
        let unknown = try await result(.unknown("it is not pinned"))
        #expect(unknown.outcome == .broken)
        #expect(unknown.message == "it is not pinned")
    }

    @Test("A column of moments is as old as the newest of them", .needsDuckDB)
    func columns() async throws {
        let fixture = try Fixture()
        try fixture.write(
            "t.csv",
            """
            at,zoned,day,other
            2026-06-30T10:00:00,2026-07-01T10:00:00+02:00,2026-06-30,2026-07-01 00:00:00
            2026-07-01 11:00:00.5,2026-07-01T09:30:00Z,2026-07-01,soon
            ,,,

            """)
        func age(_ column: String, _ table: String? = nil) async throws -> TestResult {
            try #require(
                await fixture.run(DataTest(check: .freshness(column: column, limits: limits), table: table)).first)
        }
        #expect(try await age("at").value == 3600)
        #expect(try await age("zoned").value == 2.5 * 3600)
        #expect(try await age("day").value == 12 * 3600)
        let other = try await age("other")
        #expect(other.outcome == .passed)
        #expect(other.message.hasSuffix("; no moment in 1 cell"), "\(other.message)")
        #expect(other.key == nil)

        try await fixture.execute(
            """
            COPY (SELECT TIMESTAMP '2026-06-01 00:00:00' AS at, DATE '2026-07-01' AS day,
              TIMESTAMPTZ '2026-07-01 10:00:00+00' AS zoned, 'infinity'::TIMESTAMP AS never, 7 AS number)
            TO 't.parquet' (FORMAT parquet)
            """)
        let old = try await age("at", "t.parquet")
        #expect(old.outcome == .failed)
        #expect(old.severity == .error)
        #expect(old.message == "31d old, may be 3d at most (2026-06-01T00:00:00Z)")
        #expect(try await age("day", "t.parquet").value == 12 * 3600)
        #expect(try await age("zoned", "t.parquet").value == 2 * 3600)
        let never = try await age("never", "t.parquet")
        #expect(never.outcome == .broken)
        #expect(never.message.contains("holds no moment"), "\(never.message)")
        let number = try await age("number", "t.parquet")
        #expect(number.outcome == .broken)
        #expect(number.message.contains("which is no moment"), "\(number.message)")

        try fixture.write("t.csv", "at\n")
        let empty = try await age("at")
        #expect(empty.outcome == .broken)
        #expect(empty.message == "the table is empty")
    }

    @Test("Tests of age stand among others, each with its own result", .needsDuckDB)
    func among() async throws {
        var fixture = try Fixture()
        fixture.context.newest = { .moment(Fixture.now) }
        try fixture.write("t.csv", "id\n1\n")
        let results = await fixture.run(
            DataTest(check: .rowCount(minimum: 1, maximum: nil, equals: nil)),
            DataTest(check: .freshness(column: nil, limits: limits)), DataTest(check: .notNull(columns: ["id"])))
        #expect(results.map(\.check) == [.rowCount, .freshness, .notNull])
        #expect(results.map(\.id) == ["clean/row_count", "clean/freshness", "clean/not_null:id"])
        #expect(results.allSatisfy { $0.outcome == .passed })
    }
}
