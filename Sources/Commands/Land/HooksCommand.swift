import ArgumentParser
import Model
import Reporting
import Workflows

struct HooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Keep the other doors to protected branches shut",
        discussion: "Example: headgate hooks install",
        subcommands: [HooksInstall.self, HooksUninstall.self, HooksStatus.self])
}

struct HooksInstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install the hooks beside those that are there",
        discussion: "Hooks that are there stay in use and run first.\nExample: headgate hooks install")

    @Flag(name: .customLong("in-work-tree"), help: "Install also where the hooks directory lies inside a working tree")
    var inWorkTree = false

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let changes = try await ChangeHooks(project).install(allowingWorkTree: inWorkTree)
        for change in changes { launch.output.message(TerminalText.escaped(change)) }
        launch.output.message(
            changes.isEmpty ? "everything is in place" : "installed; `headgate hooks uninstall` undoes exactly this")
    }
}

struct HooksUninstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Put the hooks back as they were",
        discussion: "Example: headgate hooks uninstall")

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let changes = try await ChangeHooks(project).uninstall()
        for change in changes.reversed() { launch.output.message("undone: \(TerminalText.escaped(change))") }
        if changes.isEmpty { launch.output.message("no hooks are installed") }
    }
}

struct HooksStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Prove that each hook fires, in each working tree",
        discussion: "Exit code 1 when one does not.\nExample: headgate hooks status")

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let states = try await ChangeHooks(project).status()
        var table = TextTable([.init("hook"), .init("state"), .init("working tree")])
        for state in states { table.add([state.hook, state.words, state.worktree.string]) }
        for line in table.lines(width: launch.output.width, style: launch.output.style) { launch.output.answer(line) }
        if states.contains(where: { !$0.fires }) { throw Answered(status: .refused) }
    }
}
