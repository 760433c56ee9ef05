import ArgumentParser
import Model
import Persistence
import Reporting
import Workflows

struct EnvironmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Create, list, show, update, keep, remove and undelete environments",
        discussion: "Example: headgate env list",
        subcommands: [
            EnvironmentCreate.self, EnvironmentList.self, EnvironmentShow.self, EnvironmentUpdate.self,
            EnvironmentKeep.self, EnvironmentRemove.self, EnvironmentUndelete.self,
        ])
}

struct EnvironmentCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create the environment of a branch, and the branch where it is new",
        discussion: "Example: headgate env create faster-join --dry-run")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @Option(
        help: ArgumentHelp("Take the data that this branch's environment has", valueName: "branch"), transform: branchName)
    var from: BranchName?

    @Option(help: ArgumentHelp("Where a new branch starts; your HEAD where not given", valueName: "commit"))
    var at: String?

    @Flag(name: .customLong("dry-run"), help: "Say how data would be pinned and what it would cost")
    var dryRun = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let request = CreateEnvironment.Request(branch: branch, start: at, makesBranch: true, pinsFrom: from)
        if dryRun {
            let plan = try await CreateEnvironment(project).plan(request)
            launch.output.answer(plan.workspace.string)
            for source in plan.sources {
                let name = TerminalText.escaped(source.name)
                if let pin = source.existing {
                    launch.output.message("  \(name): the same data as before, \(ByteCount(pin.bytes).readable), nothing copied")
                } else if let prediction = source.prediction {
                    launch.output.message(
                        "  \(name): \(prediction.kind.rawValue), \(prediction.files) files, "
                            + "\(ByteCount(prediction.newBytes).readable) of disk, about "
                            + "\(TimeSpan(seconds: prediction.seconds).readable); \(prediction.reason)")
                }
            }
            return
        }
        let created = try await CreateEnvironment(project)(request)
        if answer.json {
            let entry = try await ListEnvironments(project)(branch)
            return try launch.output.answer(EnvironmentsDocument([.init(entry)]))
        }
        CreatedText.show(created, output: launch.output)
        launch.output.answer(created.workspace.string)
    }
}

struct EnvironmentList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the environments", discussion: "Example: headgate env list --json")

    @Flag(help: "Measure each workspace afresh")
    var check = false

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let entries = try await ListEnvironments(project)(measures: check || answer.json)
        if answer.json { return try launch.output.answer(EnvironmentsDocument(entries.map { .init($0) })) }
        var table = TextTable([
            .init("branch"), .init("state"), .init("workspace"), .init("used"), .init("own", .right),
            .init("shared", .right), .init("expired"),
        ])
        for entry in entries {
            let environment = entry.environment
            table.add([
                environment.branch.rawValue, environment.state.rawValue, environment.workspace ?? "",
                environment.used.rfc3339, check ? ByteCount(entry.ownBytes).readable : "",
                ByteCount(entry.sharedBytes).readable, entry.expired.map(\.rawValue).joined(separator: ", "),
            ])
        }
        for line in table.lines(width: launch.output.width, style: launch.output.style) { launch.output.answer(line) }
    }
}

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
        let entry = try await ListEnvironments(project)(branch ?? project.requireBranch())
        if answer.json { return try launch.output.answer(EnvironmentsDocument([.init(entry)])) }
        let environment = entry.environment
        let style = launch.output.style
        func line(_ name: String, _ value: String) {
            launch.output.answer(style.dim(name.padded(to: 11)) + TerminalText.escaped(value))
        }
        line("branch", environment.branch.rawValue)
        line("state", environment.state.rawValue)
        line("workspace", environment.workspace ?? "none")
        line("created", environment.created.rfc3339)
        line("used", environment.used.rfc3339)
        if let expires = entry.expires { line("expires", expires.rfc3339) }
        if !entry.expired.isEmpty { line("expired", entry.expired.map(\.rawValue).joined(separator: ", ")) }
        line("own", ByteCount(entry.ownBytes).readable)
        for pin in environment.pins {
            let size: String =
                switch pin.kind {
                case .subvolume, .reflink, .copy, .inPlace: ", \(counted(pin.files, "file")), \(ByteCount(pin.bytes).readable)"
                case .template: ", \(counted(pin.files, "table")), \(ByteCount(pin.bytes).readable)"
                case .fingerprint: ""
                }
            line("data", "\(pin.source): \(pin.kind.rawValue)\(size), pinned \(pin.pinnedAt.rfc3339)")
            line("", entry.place(of: pin))
        }
        for clone in entry.clones {
            line(clone.system == .postgres ? "database" : "branch of", "\(clone.source): \(clone.name)")
        }
        for (name, number) in environment.ports.sorted(by: { $0.key < $1.key }) { line("port", "\(name): \(number)") }
    }
}

struct EnvironmentUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Pin the sources as they are today",
        discussion: "Example: headgate env update faster-join")

    @Argument(help: "The branch; the one checked out here where none is named", transform: branchName)
    var branch: BranchName?

    @Flag(help: "Drop the changes that the environment made to its own copies of writable sources")
    var discard = false

    func run() async throws {
        let launch = Launch.required
        let workspace = try await launch.openWorkspace(branch)
        for source in try await UpdateEnvironment(workspace.project)(workspace, discard: discard) {
            let name = TerminalText.escaped(source.source)
            guard !source.changes.isEmpty else {
                launch.output.message("  \(name)  as before, pinned \(source.pin.pinnedAt.rfc3339)")
                continue
            }
            launch.output.message("  \(name)  \(source.changes.count) files differ, \(source.pin.kind.rawValue)")
            for change in source.changes.prefix(5) { launch.output.message("    " + TerminalText.escaped(change.summary)) }
        }
    }
}

struct EnvironmentKeep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Keep an environment from expiring for a while",
        discussion: "Example: headgate env keep faster-join --until 2d")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @Option(help: ArgumentHelp("For how long from now: 90s, 30m, 26h, 14d", valueName: "time"))
    var until: String

    func run() async throws {
        guard let span = TimeSpan(until) else {
            throw UsageError("`--until \(until)` is not a time", remedy: "write it as 90s, 30m, 26h or 14d")
        }
        let launch = Launch.required
        let project = try await launch.openProject()
        let end = try KeepEnvironment(project)(branch, for: span)
        launch.output.message("kept until \(end.rfc3339)")
    }
}

struct EnvironmentRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Move an environment to the trash; refuses where work would be lost",
        discussion: "Example: headgate env remove faster-join")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @Flag(help: "Remove it although work is in it; it goes to the trash all the same")
    var force = false

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let removed = try await RemoveEnvironment(project)(branch, reason: "removed", force: force)
        launch.output.message("removed the environment of \(TerminalText.escaped(branch.rawValue)); \(removed.stays)")
        if !removed.trash.isEmpty {
            launch.output.message("to bring it back: `headgate env undelete \(TerminalText.escaped(branch.rawValue))`")
        }
    }
}

struct EnvironmentUndelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Bring an environment back from the trash",
        discussion: "Example: headgate env undelete faster-join")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    func run() async throws {
        let launch = Launch.required
        let project = try await launch.openProject()
        let environment = try await UndeleteEnvironment(project)(branch)
        launch.output.message("the environment of \(TerminalText.escaped(branch.rawValue)) is back")
        launch.output.answer(environment.workspace ?? "")
    }
}

extension EnvironmentsDocument.Entry {
    init(_ entry: ListEnvironments.Entry) {
        self.init(
            entry.environment, expires: entry.expires, expired: entry.expired.map(\.rawValue),
            sources: entry.environment.pins.map { pin in
                let source = entry.sources[pin.source]
                return .init(
                    name: pin.source, kind: source?.kind.rawValue ?? "files", pin: pin.kind, id: pin.id,
                    writable: source?.isWritable ?? false)
            },
            bytes: .init(own: entry.ownBytes, shared: entry.sharedBytes))
    }
}
