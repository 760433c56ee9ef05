import HostSystem
import Model
import SystemPackage

/// DuckDB's command-line program, found on this machine.
public struct DuckDBEngine: Hashable, Sendable {
    /// The oldest version with which the tests of Headgate were tried.
    public static let minimumVersion = "1.4.0"
    /// The command that installs the program.
    public static let installation = "pip install duckdb-cli"

    public let program: FilePath

    public init(program: FilePath) {
        self.program = program
    }

    /// Finds the program: installed beside `program`, built beside it, or in `variables["PATH"]`.
    ///
    /// The places are `<directory of program>/../lib/headgate/bin/duckdb`; `.build/headgate/lib/headgate/bin/duckdb` in
    /// the nearest directory above `program` that holds a `Package.swift`; and each directory of the path, where the
    /// Python wrapper that `pip` installs is left aside for the native program it starts, which is twice as fast.
    ///
    /// - Parameter program: the running program, absolute, links resolved.
    /// - Returns: `nil` where there is none.
    public static func locate(besides program: FilePath, variables: [String: String]) -> DuckDBEngine? {
        nil
    }

    /// Asks the program for its version, such as `1.5.6`.
    ///
    /// - Throws: `HostError.commandNotStarted`; `DataTestError.notDuckDB` when something else answers.
    public func version(runner: CommandRunner) async throws -> String {
        ""
    }
}
