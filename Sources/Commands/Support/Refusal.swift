import Model

/// Ends a command whose answer is already on the screen with a certain exit code.
struct Answered: Error {
    let status: ExitStatus
}

/// A command line that parses but makes no sense.
struct UsageError: DiagnosableError {
    let diagnosis: Diagnosis
    let exitStatus = ExitStatus.usage

    init(_ problem: String, remedy: String? = nil) {
        diagnosis = Diagnosis(problem: problem, remedy: remedy ?? "see `headgate --help`")
    }
}
