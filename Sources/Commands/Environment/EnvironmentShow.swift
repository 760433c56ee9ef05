import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show everything about one environment",
        discussion: "Example: headgate env show faster-join")

    @Argument(help: "The branch; the one checked out here where none is named", transform: branchName)
    var branch: BranchName?

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let branch = try branch ?? project.requireBranch()
        if answer.json { return try launch.output.answer(await EnvironmentsDocument(of: branch, in: project)) }
        let entry = try await ListEnvironments(project)(branch)
        let environment = entry.environment
        let style = launch.output.style
        func line(_ name: String, _ value: String) {
            launch.output.answer(style.dim(name.padded(to: 13)) + TerminalText.escaped(value))
        }
        line("branch", environment.branch.rawValue)
        line("state", environment.state.rawValue)
        line("workspace", (environment.workspace ?? "none") + (entry.isMissing ? " (gone)" : ""))
        line("fingerprint", entry.fingerprint?.hex ?? "none")
        line("created", environment.created.rfc3339)
        line("used", environment.used.rfc3339)
        if let expires = entry.expires { line("expires", expires.rfc3339) }
        if !entry.expired.isEmpty { line("expired", entry.expired.map(\.rawValue).joined(separator: ", ")) }
        line("own", ByteCount(entry.ownBytes).readable)
        for pin in environment.pins {
            let size: String =
                switch pin.kind {
                case .subvolume, .reflink, .copy, .inPlace:
                    ", \(counted(pin.files, "file")), \(ByteCount(pin.bytes).readable)"
                case .template: ", \(counted(pin.files, "table")), \(ByteCount(pin.bytes).readable)"
                case .fingerprint: ""
                }
            line("data", "\(pin.source): \(pin.kind.rawValue)\(size), pinned \(pin.pinnedAt.rfc3339)")
            line("", entry.place(of: pin))
            if let other = entry.projects[pin.source] {
                line("", "\(other.summary), verdict \(other.origin.verdict.hex), landed \(other.origin.landed.rfc3339)")
                if let remark = other.remark { line("", remark) }
            }
            if let copy = entry.copies[pin.source] {
                let changed =
                    switch copy.changed {
                    case 0: "as pinned"
                    case 1: "1 file differs from the pin"
                    default: "\(copy.changed) files differ from the pin"
                    }
                line("own copy", "\(pin.source): \(copy.path), \(changed)")
            }
        }
        for clone in entry.clones {
            line(clone.system == .postgres ? "database" : "branch of", "\(clone.source): \(clone.name)")
        }
        for (name, number) in environment.ports.sorted(by: { $0.key < $1.key }) { line("port", "\(name): \(number)") }
        if !entry.variables.isEmpty { line("variables", entry.variables.joined(separator: ", ")) }
    }
}
