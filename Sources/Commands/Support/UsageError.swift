import Model

/// A command line that parses but makes no sense; without a remedy of its own, the help of the command is named.
struct UsageError: DiagnosableError {
    let diagnosis: Diagnosis
    let exitStatus = ExitStatus.usage

    init(_ problem: String, remedy: String? = nil) {
        diagnosis = Diagnosis(problem: problem, remedy: remedy)
    }
}
