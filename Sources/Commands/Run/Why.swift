import ArgumentParser
import Reporting
import Workflows

struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say why a step would run, from old to new",
        discussion: "Example: headgate why clean")

    @Argument(help: "The step, or a group of steps")
    var step: String

    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let workspace = try await launch.openWorkspace(environment.branch)
        let plan = try await PlanPipeline(in: workspace).why(step)
        if answer.json {
            try launch.output.answer(PlanDocument(plan))
        } else {
            for line in PlanText.explained(plan, style: launch.output.style) { launch.output.answer(line) }
        }
    }
}
