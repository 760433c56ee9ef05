import ArgumentParser
import HostSystem
import Model
import Reporting
import Synchronization
import SystemPackage
import Workflows

/// The `headgate` program.
public struct Headgate: AsyncParsableCommand {

    public static let configuration = CommandConfiguration(
        commandName: "headgate",
        abstract: "Give every Git branch its own code, data and config, and let only tested results through to main",
        usage: "headgate [-C <directory>] <command> [<options>]",
        discussion: """
            Start with `headgate init` in a repository of yours, or try a real project:
              headgate init --template flights my-flights
              cd my-flights && git add -A && git commit -m 'Start'
              headgate run
            """,
        version: Tool.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Adopt",
                subcommands: [Init.self, ConfigCommand.self, Schema.self, TrustCommand.self, Doctor.self]),
            CommandGroup(
                name: "Run and test",
                subcommands: [
                    Run.self, Plan.self, Why.self, Adopt.self, TestCommand.self, Runs.self, Show.self, Log.self,
                    CacheCommand.self,
                    Status.self,
                ]),
            CommandGroup(
                name: "Branch",
                subcommands: [Switch.self, EnvironmentCommand.self, Exec.self, Shell.self, ShellInit.self, Prune.self]),
            CommandGroup(name: "Land", subcommands: [Merge.self, Verify.self, Audit.self, HooksCommand.self]),
            CommandGroup(name: "Called by Git", subcommands: [HookCommand.self]),
        ])

    public init() {}

    /// Parses `arguments`, runs the command and returns how it ended; everything the user sees is printed by then.
    public static func run(_ arguments: [String]) async -> ExitStatus {
        let variables = ProcessVariables.current()
        let output = Output(variables: variables)
        // Asked by prompts and scripts all day long; looking up the commands would take longer than the answer.
        if arguments == ["--version"] {
            output.answer(Tool.version)
            return .done
        }
        let diagnosis = Diagnosis(
            problem: "a file that is held in memory could not be written",
            reason: "its disk is full, your quota is used up, or the disk has failed",
            remedy: "free some space, then run the command again; nothing was lost "
                + "(what runs set aside in .git/headgate/logs may be deleted)")
        BusError.endProcess(
            saying: output.text(of: diagnosis),
            answering: wantsJSON(arguments) ? answer(diagnosis, .inputOutput) : nil,
            status: ExitStatus.inputOutput.rawValue)
        do {
            var arguments = arguments
            let directory = try takeDirectories(from: &arguments)
            let launch = Launch(
                directory: directory, host: try makeHost(variables: variables, output: output), output: output)
            launch.host.faults.countChanges()
            return try await Launch.$current.withValue(launch) {
                try CommandPath(arguments, from: Headgate.self).check()
                let line = arguments
                try await endingOnSignals { try await runCommand(line) }
                if let failure = output.failure.error { throw failure }
                return .done
            }
        } catch {
            return report(error, arguments: arguments, output: output)
        }
    }

    /// Parses and runs in one go: a command of ArgumentParser is not `Sendable`, so it stays in the task that made it.
    private static func runCommand(_ arguments: [String]) async throws {
        var command = try Headgate.parseAsRoot(arguments)
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }

    /// Takes each leading `-C DIR` off the arguments, as Git does: each is relative to the one before.
    private static func takeDirectories(from arguments: inout [String]) throws -> FilePath {
        var directory = try CurrentProcess.currentDirectory()
        let general = "see `headgate --help`"
        while arguments.first == "-C" {
            guard arguments.count > 1 else { throw UsageError("`-C` needs a directory", remedy: general) }
            directory = directory.pushing(FilePath(arguments[1])).lexicallyNormalized()
            guard FileSystem.isDirectory(directory) else {
                throw UsageError("`-C \(arguments[1])` is not a directory", remedy: general)
            }
            arguments.removeFirst(2)
        }
        return directory
    }

    private static func makeHost(variables: [String: String], output: Output) throws -> Host {
        Host(
            runner: CommandRunner(), time: .system, variables: variables, faults: FaultPoints(variables: variables),
            parts: ProgramParts(program: try CurrentProcess.executable()), userName: CurrentProcess.userName,
            home: FilePath(variables["HOME"] ?? "/"), cores: CurrentProcess.cores, redactions: output.redactions,
            say: { output.message(TerminalText.escaped($0)) })
    }

    /// Prints what went wrong, as text or, with `--json`, as an object, and returns the exit code.
    private static func report(_ error: any Error, arguments: [String], output: Output) -> ExitStatus {
        if let answered = error as? Answered {
            guard let failure = output.failure.error else { return answered.status }
            output.report(failure.diagnosis)
            return failure.exitStatus
        }
        if let interruption = error as? Interruption { return .signal(interruption.signal.rawValue) }
        let (diagnosis, status): (Diagnosis, ExitStatus)
        switch error {
        case let error as UsageError where error.diagnosis.remedy == nil:
            (diagnosis, status) = (
                Diagnosis(problem: error.diagnosis.problem, remedy: "see `\(help(arguments))`"), error.exitStatus
            )
        case let error as any DiagnosableError:
            diagnosis = error.lacksSpace ? withRoom(error.diagnosis, arguments) : error.diagnosis
            status = error.exitStatus
        case let error as Errno:
            (diagnosis, status) = (
                Diagnosis(
                    problem: "the operating system refused", reason: error.description,
                    remedy: "see whether the disk is full and who may write here, then try again"), .inputOutput
            )
        case is CancellationError: return .signal(WatchedSignal.interrupt.rawValue)
        default:
            let code = exitCode(for: error)
            if code == .success {
                output.answerText(fullMessage(for: error) + "\n")
                return .done
            }
            guard code == .validationFailure else {
                (diagnosis, status) = (
                    Diagnosis(problem: "a fault in Headgate", reason: "\(error)", remedy: "please report it"), .fault
                )
                break
            }
            (diagnosis, status) = (
                Diagnosis(
                    problem: message(for: error), remedy: "see `\(help(arguments))`"),
                .usage
            )
        }
        if wantsJSON(arguments), let text = answer(diagnosis, status) { output.answerText(text) }
        output.report(diagnosis)
        return status
    }

    /// The command that shows how the one in `arguments` is used.
    private static func help(_ arguments: [String]) -> String {
        var rest = arguments[...]
        while rest.first == "-C" { rest = rest.dropFirst(2) }
        return CommandPath(Array(rest), from: Headgate.self).help
    }

    /// On a full disk, names what runs set aside as something that may be deleted.
    private static func withRoom(_ diagnosis: Diagnosis, _ arguments: [String]) -> Diagnosis {
        var arguments = arguments
        // Where the command could not start, that was told.
        guard let directory = try? takeDirectories(from: &arguments), let hint = SetAsideOutputs.hint(at: directory)
        else { return diagnosis }
        return Diagnosis(
            problem: diagnosis.problem, reason: diagnosis.reason,
            remedy: diagnosis.remedy.map { $0 + "; " + hint } ?? hint)
    }

    private static func answer(_ diagnosis: Diagnosis, _ status: ExitStatus) -> String? {
        try? renderJSON(ErrorDocument(diagnosis, exit: status))  // Four texts can always be written as JSON.
    }

    private static func wantsJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }
}

/// A signal that ended the command.
struct Interruption: Error {
    let signal: WatchedSignal
}

/// Runs `body`; a signal cancels it, and once it has tidied up the signal is thrown.
private func endingOnSignals(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let received = Mutex<WatchedSignal?>(nil)
    let work = Task { try await body() }
    let watcher = try SignalWatcher([.interrupt, .terminate, .hangup])
    let listener = Task {
        for await signal in watcher.signals {
            received.withLock { $0 = $0 ?? signal }
            work.cancel()
        }
    }
    defer { listener.cancel() }
    do {
        try await work.value
    } catch {
        if let signal = received.withLock({ $0 }) { throw Interruption(signal: signal) }
        throw error
    }
    if let signal = received.withLock({ $0 }) { throw Interruption(signal: signal) }
}
