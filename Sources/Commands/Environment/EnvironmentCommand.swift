import ArgumentParser

struct EnvironmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Create, list, show, update, keep, remove and undelete environments",
        discussion: "Example: headgate env list",
        subcommands: [
            EnvironmentCreate.self, EnvironmentList.self, EnvironmentShow.self, EnvironmentUpdate.self,
            EnvironmentKeep.self, EnvironmentRemove.self, EnvironmentUndelete.self,
        ])
}
