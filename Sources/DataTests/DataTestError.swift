import Model
import SystemPackage

/// What kept the engine of the data tests from answering.
public enum DataTestError: DiagnosableError, Equatable {
    /// The program at this path does not answer as DuckDB does.
    case notDuckDB(FilePath, answer: String)

    public var diagnosis: Diagnosis {
        switch self {
        case .notDuckDB(let program, let answer):
            Diagnosis(
                problem: "\(program) is not DuckDB's program", reason: "asked for its version, it said `\(answer)`",
                remedy: "run `\(DuckDBEngine.installation)`")
        }
    }

    public var exitStatus: ExitStatus { .refused }
}
