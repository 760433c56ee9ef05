import ArgumentParser
import HostSystem
import Model
import Workflows

struct Exec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command in an environment, with its data, variables and sandbox",
        discussion: """
            Ends with the command's own status.
            Example: headgate exec --env faster-join -- duckdb -c "from 'out/days.parquet'"
            """)

    @OptionGroup var environment: EnvironmentOptions

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after `--`")
    var command: [String] = []

    func run() async throws {
        guard !command.isEmpty else { throw UsageError("no command is named", remedy: "headgate exec -- <command>") }
        try await execute(command, environment.branch)
    }
}

/// Runs a command in the environment of a branch and ends with its status.
func execute(_ command: [String], _ branch: BranchName?) async throws {
    let launch = Launch.required
    let workspace = try await launch.openWorkspace(branch)
    let termination: Termination
    do {
        termination = try await ExecuteCommand(in: workspace)(command, from: launch.directory)
    } catch let error as HostError {
        guard case .commandNotStarted = error else { throw error }
        launch.output.report(error.diagnosis)
        throw Answered(status: .commandNotFound)
    }
    switch termination {
    case .exited(let code): if code != 0 { throw Answered(status: ExitStatus(rawValue: code)) }
    case .signalled(let number): throw Answered(status: .signal(number))
    case .timedOut: throw Answered(status: .refused)
    }
}
