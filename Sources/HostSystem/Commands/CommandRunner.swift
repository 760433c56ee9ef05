import Model
import SystemPackage

/// Starts every child process, so that variables, limits, logging and ending are right in one place.
public struct CommandRunner: Sendable {
    public init() {}

    /// Runs `invocation` in a session of its own and waits for it; nothing it started in that session survives.
    ///
    /// When the task is cancelled the command is ended as on its time limit, and `CancellationError` is thrown.
    ///
    /// - Returns: how the command ended. A non-zero status is a result, not an error.
    /// - Throws: `HostError.commandNotStarted`, `HostError.failed` for a log that cannot be written.
    public func run(_ invocation: Invocation) async throws -> CommandResult {
        throw HostError.commandNotStarted(program: invocation.program, reason: "not built yet")
    }
}
