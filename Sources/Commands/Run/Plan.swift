import ArgumentParser
import Reporting
import Workflows

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say what a run would do, and why",
        discussion: """
            Exit code 10 when something would run.
            Example: headgate plan --json
            """)

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var environment: EnvironmentOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let workspace = try await launch.openWorkspace(environment.branch)
        let plan = try await PlanPipeline(in: workspace)(pipeline.request())
        if answer.json {
            try launch.output.answer(PlanDocument(plan))
        } else {
            for line in PlanText.lines(plan, width: launch.output.width, style: launch.output.style) {
                launch.output.answer(line)
            }
        }
        if plan.contains(where: { $0.action == .run }) { throw Answered(status: .something) }
    }
}
