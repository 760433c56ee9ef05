import HostSystem
import Model
import SystemPackage

/// Runs the data tests of one source or step.
///
/// DuckDB's program is started at most twice for a subject: once to learn the columns of its tables, and once to
/// measure all of its tests. Where a test spoils that, the others are measured without it.
public struct TestRunner: Sendable {
    private let engine: DuckDBEngine?
    private let runner: CommandRunner

    /// - Parameter engine: `nil` where there is none, and then every test that needs one is broken.
    public init(engine: DuckDBEngine?, runner: CommandRunner) {
        self.engine = engine
        self.runner = runner
    }

    /// Runs `tests` and returns one result for each, in the same order.
    ///
    /// What cannot be run is `broken`, with a message that says why and how to mend it; it is never left out. When the
    /// task is cancelled the remaining tests are `skipped`.
    ///
    /// A user's SQL can read the subject's table and those that it names, and nothing else; it cannot write anything.
    public func run(_ tests: [DataTest], on subject: TestSubject, in context: TestContext) async -> [TestResult] {
        let ids = Self.ids(of: tests, subject)
        let writer = ResultWriter(subject: subject, now: context.now, today: context.today)
        var results = tests.indices.map { index in
            let result = writer.age(tests[index], id: ids[index], of: context.newest)
            return result.map { writer.waived($0, by: tests[index].waiver) }
        }
        // What is about rows is for the engine.
        let others = results.indices.filter { results[$0] == nil }
        if others.isEmpty { return results.compactMap(\.self) }
        let measured = await measured(others.map { tests[$0] }, others.map { ids[$0] }, writer, context)
        for (index, result) in zip(others, measured) { results[index] = result }
        return results.compactMap(\.self)
    }

    private func measured(
        _ tests: [DataTest], _ ids: [String], _ writer: ResultWriter, _ context: TestContext
    ) async -> [TestResult] {
        guard let engine else {
            let obstacle = TestObstacle(
                "there is no DuckDB, which data tests need; run `\(DuckDBEngine.installation)`")
            return zip(tests, ids).map { writer.broken($0, id: $1, obstacle) }
        }
        var run = TestRun(
            tests: tests, ids: ids, writer: writer, engine: engine,
            session: EngineSession(engine: engine, runner: runner, context: context))
        return await run.results()
    }

    /// `<subject>/<identity>`; where one comes again it gets `#2`, `#3`, ….
    static func ids(of tests: [DataTest], _ subject: TestSubject) -> [String] {
        var taken: Set<String> = []
        return tests.map { test in
            let base = "\(subject)/\(test.identity)"
            var id = base
            var number = 1
            while !taken.insert(id).inserted {
                number += 1
                id = "\(base)#\(number)"
            }
            return id
        }
    }
}
