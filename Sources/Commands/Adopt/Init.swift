import ArgumentParser
import HostSystem
import Model
import Reporting
import SystemPackage
import Workflows

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Recognise a project and write its headgate.yaml",
        discussion: """
            Moves and copies none of your files, and installs no hooks.
            Example: headgate init
                     headgate init --template flights my-flights
            """)

    @Option(help: "Start from a template instead")
    var template: String?

    @Flag(help: "List the templates")
    var list = false

    @Argument(help: ArgumentHelp("Where the template goes; here where not given", valueName: "directory"))
    var directory: String?

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let initialize = InitializeProject(launch.host)
        if list {
            if answer.json {
                let templates = try initialize.templates().map { TemplatesDocument.Template(name: $0, summary: $1) }
                return try launch.output.answer(TemplatesDocument(templates))
            }
            var table = TextTable([.init(""), .init("")])
            for template in try initialize.templates() { table.add([template.name, template.summary]) }
            for line in table.lines(width: launch.output.width) { launch.output.answer(line) }
            return
        }
        let place = directory.map { launch.directory.pushing(FilePath($0)).lexicallyNormalized() } ?? launch.directory
        if let template {
            let result = try await initialize.copyTemplate(template, to: place)
            if answer.json {
                return try launch.output.answer(InitDocument(file: result.file.string, template: template))
            }
            launch.output.message("copied the template \(template) to \(TerminalText.escaped(result.directory.string))")
            let go = place == launch.directory ? "" : "cd \(TerminalText.escaped(directory ?? "")) && "
            launch.output.message("next: `\(go)git add -A && git commit -m 'Start'`, then `headgate run`")
            return
        }
        let result = try await initialize.adopt(at: place)
        if answer.json {
            return try launch.output.answer(
                InitDocument(file: result.file.string, found: .init(result.findings), hasOutputs: result.hasOutputs))
        }
        for line in FoundText.lines(result.findings, width: launch.output.width, style: launch.output.style) {
            launch.output.answer(line)
        }
        launch.output.message("wrote \(TerminalText.escaped(result.file.string))")
        let adopt = result.hasOutputs ? ", and `headgate adopt` for the outputs that are already there" : ""
        let commit = result.hasCommit ? "" : "`git add -A && git commit -m 'Start'`, then "
        launch.output.message("next: read it, then \(commit)`headgate plan`" + adopt)
    }
}
