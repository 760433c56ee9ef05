import ArgumentParser
import Workflows

struct Schema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of headgate.yaml, for editors",
        discussion: "Example: headgate schema > .headgate.schema.json")

    func run() async throws {
        Launch.required.output.answerText(InspectConfiguration.schema)
    }
}
