import FoundationEssentials
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import DataTests

/// A directory with tables, and DuckDB to test them with.
struct Fixture {
    let directory: TemporaryDirectory
    let runner: TestRunner
    var context: TestContext

    static let engine = locatedEngine()
    /// 2026-07-01T12:00:00Z
    static let now = Timestamp(seconds: 1_782_907_200)

    init(engine: DuckDBEngine? = Fixture.engine) throws {
        let directory = try TemporaryDirectory()
        let root = directory.path
        self.directory = directory
        let temporary = root.appending("tmp")
        try FileSystem.makeDirectories(temporary)
        runner = TestRunner(engine: engine, runner: CommandRunner())
        context = TestContext(
            resolve: { $0.hasPrefix("/") || $0.contains("..") ? nil : root.pushing(FilePath($0)) },
            subjectTables: ["t.csv"],
            temporaryDirectory: temporary, timeLimit: TimeSpan(seconds: 60), now: Fixture.now, today: "2026-07-01")
    }

    func write(_ name: String, _ text: String) throws {
        try FileSystem.replace(directory.path.pushing(FilePath(name)), withText: text)
    }

    /// Runs a statement of DuckDB in the directory, to make tables that are no text.
    func execute(_ statement: String) async throws {
        let engine = try #require(Fixture.engine)
        let result = try await CommandRunner().run(
            Invocation(
                engine.program.string, ["-init", "/dev/null", "-c", statement, ":memory:"], directory: directory.path))
        #expect(result.succeeded, "\(result.errorText)")
    }

    func run(_ tests: DataTest...) async -> [TestResult] {
        await runner.run(tests, on: .step("clean"), in: context)
    }

    func run(_ check: Check) async throws -> TestResult {
        try #require(await run(DataTest(check: check)).first)
    }
}

/// By `HEADGATE_DUCKDB`, by the path, or as `scripts/build` installs it.
private func locatedEngine() -> DuckDBEngine? {
    let variables = ProcessInfo.processInfo.environment
    if let program = variables["HEADGATE_DUCKDB"] { return DuckDBEngine(program: FilePath(program)) }
    return DuckDBEngine.locate(besides: FilePath("\(#filePath)"), variables: variables)
}

extension Trait where Self == ConditionTrait {
    /// The test needs DuckDB's program.
    static var needsDuckDB: Self {
        .enabled(if: Fixture.engine != nil, "no DuckDB: set HEADGATE_DUCKDB or run `\(DuckDBEngine.installation)`")
    }
}
