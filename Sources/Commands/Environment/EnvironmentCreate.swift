import ArgumentParser
import Model
import Reporting
import Workflows

struct EnvironmentCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create the environment of a branch, and the branch where it is new",
        discussion: "Example: headgate env create faster-join --dry-run")

    @Argument(help: "The branch", transform: branchName)
    var branch: BranchName

    @Option(
        help: ArgumentHelp("Take the data that this branch's environment has", valueName: "branch"),
        transform: branchName)
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
            if answer.json { return try launch.output.answer(EnvironmentPlanDocument(plan, branch: branch)) }
            launch.output.answer(plan.workspace.string)
            for source in plan.sources {
                let name = TerminalText.escaped(source.name)
                if let pin = source.existing {
                    launch.output.message(
                        "  \(name): the same data as before, \(ByteCount(pin.bytes).readable), nothing copied")
                } else if let prediction = source.prediction {
                    let files = prediction.kind.isOfFiles ? ", \(counted(prediction.files, "file"))" : ""
                    launch.output.message(
                        "  \(name): \(prediction.kind.rawValue)\(files), \(ByteCount(prediction.newBytes).readable) of disk, about "
                            + "\(TimeSpan(seconds: prediction.seconds).readable); \(prediction.reason)")
                }
            }
            return
        }
        let created = try await CreateEnvironment(project)(request)
        if answer.json { return try launch.output.answer(await EnvironmentsDocument(of: branch, in: project)) }
        CreatedText.show(created, output: launch.output)
        launch.output.answer(created.workspace.string)
    }
}

extension EnvironmentPlanDocument {
    fileprivate init(_ plan: CreateEnvironment.Plan, branch: BranchName) {
        self.init(
            branch: branch.rawValue, workspace: plan.workspace.string, newBranchAt: plan.newBranchAt?.hex,
            sources: plan.sources.compactMap { source in
                if let pin = source.existing {
                    return Source(
                        name: source.name, takenOver: true, pin: pin.kind, bytes: pin.bytes, newBytes: 0, seconds: 0,
                        reason: "the same data as before")
                }
                return source.prediction.map {
                    Source(
                        name: source.name, takenOver: false, pin: $0.kind, bytes: $0.bytes, newBytes: $0.newBytes,
                        seconds: $0.seconds, reason: $0.reason)
                }
            })
    }
}
