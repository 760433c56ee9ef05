import ArgumentParser
import Workflows

struct Shell: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Start your shell in an environment, with its data, variables and sandbox",
        discussion: "Example: headgate shell --env faster-join")

    @OptionGroup var environment: EnvironmentOptions

    func run() async throws {
        try await execute([Launch.required.host.variables["SHELL"] ?? "/bin/bash"], environment.branch)
    }
}
