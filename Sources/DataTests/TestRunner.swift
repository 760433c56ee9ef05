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
    public func run(_ tests: [DataTest], on subject: TestSubject, in context: TestContext) async -> [TestResult] {
        []
    }
}
