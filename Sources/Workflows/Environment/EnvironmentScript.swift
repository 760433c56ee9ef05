import Configuration
import HostSystem
import Model
import SystemPackage

/// Runs a rule's `setup` or `teardown`: outside the sandbox, in the workspace, with the environment's variables.
struct EnvironmentScript {
    let project: Project
    let loaded: LoadedConfiguration
    let environment: BranchEnvironment
    let workspace: FilePath

    /// Runs the rule's `setup`, where it has one.
    ///
    /// - Throws: `EnvironmentError.setupFailed` with the last lines of what it wrote.
    func setUp() async throws {
        if let command = try resolved().setup { try await run(command) }
    }

    /// Runs the rule's `teardown`, where it has one.
    ///
    /// - Throws: as `setUp`.
    func tearDown() async throws {
        if let command = try resolved().teardown { try await run(command) }
    }

    private func resolved() throws -> ResolvedEnvironment {
        try ConfigurationResolver.resolveEnvironment(
            loaded.configuration,
            in: EnvironmentVariables(
                project: project, loaded: loaded, environment: environment, workspace: workspace
            ).resolutionContext())
    }

    private func run(_ command: String) async throws {
        try await Trust(project: project).require(loaded.configuration)
        var variables = project.host.variables.filter { inherited.contains($0.key) || $0.key.hasPrefix("LC_") }
        variables.merge(
            try EnvironmentVariables(
                project: project, loaded: loaded, environment: environment, workspace: workspace
            ).declared()
        ) { $1 }
        variables.merge(
            try EnvironmentVariables(project: project, loaded: loaded, environment: environment, workspace: workspace)
                .secret()
        ) { $1 }
        let sources = try SourcePinning(project: project, loaded: loaded, branch: environment.branch).sources
        for reach in try DataClones(project: project).reach(
            environment.cloneOwner, of: sources, loaded.configuration
        ).values {
            variables.merge(reach.variables) { $1 }
        }
        let shell = loaded.configuration.shell
        let result = try await project.host.runner.run(
            Invocation(
                shell[0], Array(shell.dropFirst()) + [command], variables: variables,
                directory: workspace, output: .captured(limit: 1 << 20), errorOutput: .joined,
                redactions: project.host.redactions.forms))
        guard result.succeeded else {
            throw EnvironmentError.setupFailed(
                command: command, status: result.termination.words,
                lines: result.outputText.split(separator: "\n").suffix(20).map(String.init))
        }
    }

    private let inherited: Set<String> = ["PATH", "HOME", "LANG", "TZ", "TERM", "USER", "TMPDIR", "SSH_AUTH_SOCK"]
}

extension Termination {
    /// How a command ended, for people.
    var words: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let number): "signal \(number)"
        case .timedOut: "its time limit"
        }
    }
}
