import ArgumentParser
import Model
import Workflows

/// What `run` and `plan` may be told about the pipeline.
struct PipelineOptions: ParsableArguments {
    @Argument(help: "Steps, or groups of them; all where none is named")
    var steps: [String] = []

    @Option(name: .customLong("param"), help: ArgumentHelp("Give a parameter another value", valueName: "name=value"))
    var parameters: [String] = []

    @Option(help: "Run one of the configuration's variations")
    var variation: String?

    @Flag(help: "Run the named steps, or all, whether or not they are up to date")
    var force = false

    @Option(help: ArgumentHelp("Run this step and all after it, as if forced", valueName: "step"))
    var from: [String] = []

    func request() throws -> RunPipeline.Request {
        var request = RunPipeline.Request()
        request.steps = steps
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError("`--param \(parameter)` is not of the form name=value")
            }
            request.parameters[String(parts[0])] = String(parts[1])
        }
        request.variation = variation
        request.force = force
        request.from = from
        return request
    }
}
