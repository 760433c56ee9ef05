import ArgumentParser
import Reporting
import Workflows

struct HooksStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Prove that each hook fires, in each working tree, and that the program it asks is there",
        discussion:
            "Exit code 1 when one does not, or the program is gone or another one.\nExample: headgate hooks status")

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let hooks = ChangeHooks(project)
        let states = try await hooks.status()
        let problem = states.contains(where: \.isInstalled) ? try await hooks.programProblem() : nil
        if answer.json {
            let hooks = states.map { HooksDocument.Hook(hook: $0.hook, worktree: $0.worktree.string, state: $0.word) }
            try launch.output.answer(HooksDocument(hooks, problem: problem))
        } else {
            var table = TextTable([.init("hook"), .init("state"), .init("working tree")])
            for state in states { table.add([state.hook, state.words, state.worktree.string]) }
            for line in table.lines(width: launch.output.width, style: launch.output.style) {
                launch.output.answer(line)
            }
            if let problem {
                launch.output.message(TerminalText.escaped(problem))
                launch.output.message(launch.output.messageStyle.dim(" mend: ") + "headgate hooks install")
            }
        }
        if problem != nil || states.contains(where: { !$0.fires }) { throw Answered(status: .refused) }
    }
}

extension ChangeHooks.State {
    fileprivate var word: HooksDocument.Hook.State {
        if fires { return .fires }
        return isInstalled ? .silent : .notInstalled
    }
}
