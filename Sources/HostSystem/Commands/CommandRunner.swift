import Glibc
import Model
import Subprocess
import SystemPackage

/// Starts every child process, so that variables, limits, logging and ending are right in one place.
///
/// Subprocess starts the program and takes its exit status: from one thread of its own that lives until the program
/// ends, which bubblewrap's `--die-with-parent` needs. What lies between, output and ending, is `CommandMonitor`'s:
/// Subprocess throws away a command whose output is too long, waits for as long as a grandchild keeps a pipe open,
/// and cannot end what a command that exited left behind in its process group.
public struct CommandRunner: Sendable {
    public init() {}

    /// Runs `invocation` and waits for it.
    ///
    /// It gets a session of its own, and what is left of that session is killed when the command has exited. With
    /// inherited input it stays in Headgate's session instead, so that it may use the terminal, and SIGINT and SIGQUIT
    /// are its business until it ends. What moved to a session of its own and closed its output is out of reach
    /// here; the PID space of the sandbox ends it.
    ///
    /// When the task is cancelled the command is ended as on its time limit, and `CancellationError` is thrown.
    ///
    /// - Returns: how the command ended. A non-zero status is a result, not an error.
    /// - Throws: `HostError.commandNotStarted`; `HostError.failed` for a log that cannot be written.
    public func run(_ invocation: Invocation) async throws -> CommandResult {
        try Task.checkCancellation()
        let monitor = try CommandMonitor(invocation)
        // A task of its own: Subprocess would answer a cancellation with SIGKILL at once.
        let command = Task { try await start(invocation, watchedBy: monitor) }
        return try await withTaskCancellationHandler {
            try await command.value
        } onCancel: {
            monitor.cancel()
        }
    }

    private func start(_ invocation: Invocation, watchedBy monitor: CommandMonitor) async throws -> CommandResult {
        let program = try CommandRunner.resolve(invocation)
        FaultPoints.changing(.child)
        let relay = invocation.hasOwnTerminal ? try TerminalRelay() : nil
        defer { relay?.stop() }
        let streams = try ChildStreams(invocation, terminal: relay?.commandEnd)
        defer { streams.closeReaders() }
        let foreground = invocation.input == .inherited && relay == nil ? Foreground.enter() : nil
        defer { foreground?.leave() }
        var options = PlatformOptions()
        options.createSession = foreground == nil
        let variables = Dictionary(
            uniqueKeysWithValues: invocation.variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        do {
            let result = try await Subprocess.run(
                .path(program), arguments: Arguments(invocation.arguments), environment: .custom(variables),
                workingDirectory: invocation.directory, platformOptions: options,
                input: .fileDescriptor(streams.input.descriptor, closeAfterSpawningProcess: streams.input.isOurs),
                output: .fileDescriptor(streams.output.descriptor, closeAfterSpawningProcess: streams.output.isOurs),
                error: .fileDescriptor(streams.error.descriptor, closeAfterSpawningProcess: streams.error.isOurs)
            ) { execution in
                let process = execution.processIdentifier
                return try await monitor.watch(
                    process: process.value, descriptor: process.processDescriptor, output: streams.outputReader,
                    error: streams.errorReader, leadsSession: options.createSession)
            }
            return try result.closureResult.result(result.terminationStatus)
        } catch let error as SubprocessError {
            throw HostError.commandNotStarted(
                program: invocation.program, reason: reason(error, program, in: invocation.directory))
        }
    }

    /// Returns the absolute path of the program.
    static func resolve(_ invocation: Invocation) throws(HostError) -> FilePath {
        let name = invocation.program
        func refused(_ reason: String) -> HostError { .commandNotStarted(program: name, reason: reason) }
        if name.isEmpty || name.utf8.contains(0) { throw refused("this is not the name of a program") }
        if invocation.arguments.contains(where: { $0.utf8.contains(0) }) {
            throw refused("an argument holds a zero byte")
        }
        if name.hasPrefix("/") { return FilePath(name) }
        if name.contains("/") { return invocation.directory.pushing(FilePath(name)) }
        guard let found = locate(name, variables: invocation.variables) else {
            throw refused("it is not in any directory of PATH")
        }
        return found
    }

    /// Returns the program that `name` means under `variables["PATH"]`; `nil` when there is none.
    ///
    /// Empty and relative entries of PATH are skipped: they would mean another program in every directory.
    public static func locate(_ name: String, variables: [String: String]) -> FilePath? {
        for directory in (variables["PATH"] ?? "").split(separator: ":") where directory.hasPrefix("/") {
            let candidate = FilePath(String(directory)).appending(name)
            let executable = candidate.withPlatformString { access($0, X_OK) == 0 }
            if executable, !FileSystem.isDirectory(candidate) { return candidate }
        }
        return nil
    }

    private func reason(_ error: SubprocessError, _ program: FilePath, in directory: FilePath) -> String {
        if error.code == .failedToChangeWorkingDirectory { return "its directory \(directory) cannot be entered" }
        if error.code == .executableNotFound {
            guard FileSystem.exists(program) else { return "\(program) does not exist" }
            let executable = program.withPlatformString { access($0, X_OK) == 0 }
            return executable ? "the interpreter that \(program) names is missing" : "\(program) is not executable"
        }
        return error.underlyingError.map { "\($0)" } ?? "\(error)"
    }
}
