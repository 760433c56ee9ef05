import DataTests
import Git
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Looks whether everything that Headgate needs and keeps is in order.
public struct CheckHealth: Sendable {
    /// How a check ended.
    public enum Outcome: Sendable { case passed, failed, skipped }

    /// One thing that was looked at.
    public struct Check: Sendable {
        public let id: String
        public let outcome: Outcome
        public let message: String
        public let remedy: String?
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Returns every check in a fixed order; what is wrong is an outcome and not an error.
    public func callAsFunction() async throws -> [Check] {
        [
            await git(), await sandbox(), await engine(), await configuration(),
            await whole("workspaces") { try await worktrees() },
            await whole("environments") { try await environments() },
            await whole("data") { try data() }, await whole("projects") { try projects() },
            await whole("operations") { try operations() },
            await whole("databases") { try clones() }, await whole("secrets") { try secrets() },
            await whole("hooks") { try await hooks() },
            await whole("audit") { try await audit() },
        ].flatMap { $0 }
    }

    private func git() async -> [Check] {
        await checked("git") { "git \(try await project.git.requireVersion())" }
    }

    private func sandbox() async -> [Check] {
        do {
            let answer = try await IsolationProbe(project: project)()
            guard let reason = answer.reason else { return [passed("sandbox", "bubblewrap works with every flag")] }
            return [failed("sandbox", reason, answer.remedy)]
        } catch { return [failed("sandbox", describe(error), nil)] }
    }

    private func engine() async -> [Check] {
        guard let engine = DuckDBEngine.locate(besides: project.host.parts.program, variables: project.host.variables)
        else {
            return [failed("duckdb", "DuckDB's program was not found", DuckDBEngine.installation)]
        }
        return await checked("duckdb") {
            "DuckDB \(try await engine.version(runner: project.host.runner)) at \(engine.program)"
        }
    }

    private func configuration() async -> [Check] {
        await checked("configuration") {
            let loaded = try project.configuration(in: project.workTree)
            return "headgate.yaml: \(counted(loaded.configuration.steps.count, "step")), "
                + counted(loaded.configuration.sources.count, "source")
        }
    }

    private func worktrees() async throws -> [Check] {
        let root = (try? project.configuration(in: project.workTree)).map { project.workspacesRoot($0.configuration) }
        guard let root, FileSystem.isDirectory(root) else { return [passed("workspaces", "no workspaces yet")] }
        let known = Set(try project.store.environments().compactMap(\.workspace))
        let strays = try FileSystem.list(root).filter { !$0.string.hasPrefix(".") }
            .map { root.appending($0) }.filter { !known.contains($0.string) }
        guard let stray = strays.first else { return [passed("workspaces", "every directory under \(root) has a row")] }
        let worktrees = try await project.git.worktrees()
        let forgotten = strays.compactMap { stray in worktrees.first { $0.path == stray }?.branch }
        if let branch = forgotten.first {
            let others = forgotten.count > 1 ? ", and \(forgotten.count - 1) more" : ""
            return [
                failed(
                    "workspaces",
                    "nothing is recorded of \(root.appending(branch.slug)), where \(branch) is checked out\(others): "
                        + "the records in \(project.layout.headgateDirectory) were lost",
                    "headgate switch \(quoted(branch))")
            ]
        }
        return [failed("workspaces", "\(stray) belongs to no environment", "look into it, then move it away")]
    }

    /// The pinned data of each environment.
    private func data() throws -> [Check] {
        // Said by `configuration`.
        guard let loaded = try? project.configuration(in: project.workTree) else { return [] }
        let snapshots = SourcePinning.snapshots(project, loaded.configuration)
        var checks: [Check] = []
        var pins = 0
        for environment in try project.store.environments() where environment.state == .ready {
            do {
                for pin in environment.pins { try snapshots.requirePresence(of: pin) }
                pins += environment.pins.count
            } catch let error as SnapshotError {
                let lost = error.diagnosis.reason.map { ": \($0)" } ?? ""
                checks.append(
                    failed(
                        "data", "the pinned data of \(environment.branch) is gone\(lost)",
                        "headgate env update \(quoted(environment.branch))"))
            }
        }
        return checks.isEmpty ? [passed("data", "\(counted(pins, "pin")), all there")] : checks
    }

    /// The other projects whose outputs are pinned; only told where there are any.
    private func projects() throws -> [Check] {
        let now = project.host.time.now()
        let pins = try project.store.environments().filter { $0.state == .ready }.flatMap { $0.projectPins(now: now) }
        if pins.isEmpty { return [] }
        if let gone = pins.first(where: { !$0.isThere }) {
            return [
                failed(
                    "projects",
                    "\(gone.origin.repository), whose output `\(gone.source)` is, is no repository any more",
                    "name where it is now in `sources: \(gone.source): repository:`; the pinned data stays")
            ]
        }
        let names = Set(pins.map(\.origin.project)).sorted().joined(separator: ", ")
        return [passed("projects", "\(counted(pins.count, "pin")) of what other projects made: \(names)")]
    }

    private func environments() async throws -> [Check] {
        try await project.followMoves()
        let worktrees = Set(try await project.git.worktrees().map(\.path.string))
        var checks: [Check] = []
        for environment in try project.store.environments() where environment.state == .ready {
            guard let workspace = environment.workspace else { continue }
            if !FileSystem.isDirectory(FilePath(workspace)) {
                checks.append(
                    failed(
                        "environment", "the workspace of \(environment.branch) is gone: \(workspace)",
                        "if it was moved: git worktree repair <where it is now>; "
                            + "if it was deleted: headgate env remove \(quoted(environment.branch))"))
            } else if !worktrees.contains(workspace) || !leadsHere(FilePath(workspace)) {
                checks.append(
                    failed(
                        "environment", "Git does not know the worktree \(workspace) any more",
                        "git worktree repair \(shellWord(workspace))"))
            }
        }
        return checks.isEmpty ? [passed("environments", "every environment has its workspace")] : checks
    }

    /// Whether a working tree names this repository as its own; it does not once the repository was moved.
    private func leadsHere(_ workspace: FilePath) -> Bool {
        (try? RepositoryLayout.find(from: workspace))?.commonDirectory == project.layout.commonDirectory
    }

    private func operations() throws -> [Check] {
        // What this very process took over when it was opened, and could not finish, is open as well.
        let own = try ProcessOwner.current()
        let open = try project.store.unfinished().filter { !$0.isOwnerAlive || $0.owner == own }
        guard !open.isEmpty else { return [passed("operations", "nothing was cut short")] }
        return open.map {
            failed(
                "operations", "`\($0.kind)` of \($0.subject) was cut short, and could not be finished",
                "headgate status")
        }
    }

    private func clones() throws -> [Check] {
        let clones = try project.store.clones()
        if clones.isEmpty { return [] }
        if let leftover = clones.first(where: \.isLeftover) {
            return [
                failed("databases", "\(leftover.name) of \(leftover.source) is still to be dropped", "headgate prune")
            ]
        }
        let templates = clones.count { $0.owner == .template }
        return [
            passed(
                "databases",
                "\(counted(clones.count - templates, "database")) of environments, \(counted(templates, "template"))")
        ]
    }

    /// Only told where something is wrong, or where there are secrets.
    private func secrets() throws -> [Check] {
        // Said by `configuration`.
        guard let loaded = try? project.configuration(in: project.workTree) else { return [] }
        let names = loaded.configuration.secrets
        do {
            let values = try Secrets(project, loaded.configuration).values(names)
            if names.isEmpty { return [] }
            let missing = names.filter { values[$0] == nil }
            if missing.isEmpty { return [passed("secrets", "every secret has a value")] }
            let file = Secrets(project, loaded.configuration).file
            return [
                Check(
                    id: "secrets", outcome: .skipped, message: "no value for \(missing.joined(separator: ", "))",
                    remedy: "write it to \(file), mode 0600")
            ]
        } catch {
            return [failed("secrets", describe(error), (error as? any DiagnosableError)?.diagnosis.remedy)]
        }
    }

    private func hooks() async throws -> [Check] {
        guard project.host.parts.hook != nil else {
            return [Check(id: "hooks", outcome: .skipped, message: "headgate-hook is not installed", remedy: nil)]
        }
        let states = try await ChangeHooks(project).status()
        if states.allSatisfy({ !$0.isInstalled }) {
            return [
                Check(
                    id: "hooks", outcome: .skipped, message: "no hooks are installed", remedy: "headgate hooks install")
            ]
        }
        if let silent = states.first(where: { !$0.fires }) {
            return [
                failed("hooks", "\(silent.hook) does not fire in \(silent.worktree)", "headgate hooks install")
            ]
        }
        if let problem = try await ChangeHooks(project).programProblem() {
            return [failed("hooks", problem, "headgate hooks install")]
        }
        return [passed("hooks", "every hook fires in every working tree")]
    }

    private func audit() async throws -> [Check] {
        guard (try? project.configuration(in: project.workTree)) != nil else { return [] }  // Said by `configuration`.
        let report = try await AuditBranches(project)()
        return [
            report.isClean
                ? passed("audit", "every commit on a protected branch is accounted for")
                : failed("audit", "a commit went round the gate", "headgate audit")
        ]
    }

    private func checked(_ id: String, _ body: () async throws -> String) async -> [Check] {
        await whole(id) { [passed(id, try await body())] }
    }

    /// Turns what keeps a check from ending into a failed one, so that the others are made all the same.
    private func whole(_ id: String, _ body: () async throws -> [Check]) async -> [Check] {
        do {
            return try await body()
        } catch {
            let diagnosis = (error as? any DiagnosableError)?.diagnosis
            return [failed(id, describe(error), diagnosis?.remedy)]
        }
    }

    private func describe(_ error: any Error) -> String {
        (error as? any DiagnosableError)?.diagnosis.oneLine ?? "\(error)"
    }

    private func passed(_ id: String, _ message: String) -> Check {
        Check(id: id, outcome: .passed, message: message, remedy: nil)
    }

    private func failed(_ id: String, _ message: String, _ remedy: String?) -> Check {
        Check(id: id, outcome: .failed, message: message, remedy: remedy)
    }
}
