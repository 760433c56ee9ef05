import Model

/// Ends a command whose answer is already on the screen with a certain exit code.
struct Answered: Error {
    let status: ExitStatus
}
