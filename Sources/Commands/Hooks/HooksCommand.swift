import ArgumentParser

struct HooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Keep the other doors to protected branches shut",
        discussion: "Example: headgate hooks install",
        subcommands: [HooksInstall.self, HooksUninstall.self, HooksStatus.self])
}
