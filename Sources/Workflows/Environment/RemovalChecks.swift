import Git
import HostSystem
import Model
import Snapshots
import SystemPackage

/// Whether removing an environment would lose work, each reason as its own sentence.
struct RemovalChecks {
    let project: Project
    let environment: BranchEnvironment
    let workspace: FilePath

    /// Returns why the environment must stay; empty when it may go.
    ///
    /// - Parameter discardingData: whether changed data is no reason.
    func refusals(discardingData: Bool = false) async throws -> [String] {
        var reasons: [String] = []
        if let kept = environment.keptUntil, kept > project.host.time.now() {
            reasons.append("it is kept until \(kept.rfc3339)")
        }
        guard FileSystem.isDirectory(workspace) else { return try await reasons + lostWithMissing() }
        let git = try project.git.inWorktree(workspace)
        if let operation = git.layout.operationInProgress() {
            reasons.append("a \(operation.rawValue) is under way: finish it, or run `git \(operation.abortCommand)`")
        }
        let status = try await git.status()
        reasons += listed(
            status.conflicts, "has conflicts that are not resolved", "have conflicts that are not resolved")
        if try git.layout.head().isUnborn, let commit = try git.layout.lastCheckedOut() {
            // The branch was deleted under it, and to Git all files are new.
            let changed = try await git.trackedFiles(differingFrom: commit)
            reasons += listed(changed, "differs from \(commit.short)", "differ from \(commit.short)")
        } else {
            reasons += listed(status.staged, "is staged and not committed", "are staged and not committed")
            reasons += listed(
                status.changed, "has changes that are not committed", "have changes that are not committed")
        }
        reasons += listed(status.untracked, "is untracked", "are untracked")
        if let commit = try await unreachableCommit(git) {
            reasons.append(unreachable(commit))
        }
        if !discardingData { reasons += try await changedData() }
        for worktree in try await project.git.worktrees() where worktree.path == workspace {
            if let reason = worktree.lockReason {
                reasons.append("the worktree is locked" + (reason.isEmpty ? "" : ": \(reason)"))
            }
        }
        for process in RunningProcess.using(workspace).prefix(3) {
            reasons.append("process \(process.identifier) (\(process.command)) is using \(process.holds)")
        }
        return reasons
    }

    /// What only Git's record of a workspace has that is not there.
    private func lostWithMissing() async throws -> [String] {
        guard let git = try project.git.atMissingWorktree(workspace) else { return [] }
        let parent = workspace.removingLastComponent()
        if !FileSystem.isDirectory(parent) {
            return ["its workspace is not there, nor is \(parent): is a disk not mounted, or was it moved?"]
        }
        var reasons: [String] = []
        if let commit = try git.layout.lastCheckedOut() {
            let staged = try await git.stagedFiles(differingFrom: commit)
            reasons += listed(staged, "is staged and not committed", "are staged and not committed")
        }
        if let commit = try await unreachableCommit(git) { reasons.append(unreachable(commit, in: "")) }
        if reasons.isEmpty { return [] }
        return ["its workspace is not at \(workspace); \(whereTo)"] + reasons
    }

    private var whereTo: String { "if it was moved: `git worktree repair <where it is now>`" }

    private func unreachable(_ commit: ObjectID, in place: String = " there") -> String {
        "commit \(commit.short) is on no branch: run `git branch <name> \(commit.short)`\(place) to keep it"
    }

    /// Changes in the environment's own copies of writable sources that no step's outputs explain.
    private func changedData() async throws -> [String] {
        guard environment.pins.contains(where: \.kind.isOfFiles),
            // Without a configuration that reads, nobody knows which data is the environment's own.
            let loaded = try? project.configuration(in: workspace),
            let pinning = try? SourcePinning(project: project, loaded: loaded, branch: environment.branch)
        else { return [] }
        let explained = ExplainedData(by: loaded.configuration)
        var reasons: [String] = []
        for source in pinning.sources where source.isWritable {
            guard let path = source.path, let pin = environment.pins.first(where: { $0.source == source.name }),
                let home = try pinning.home(of: source, in: workspace)
            else { continue }
            let changes = try await pinning.snapshots.ownChanges(in: home.appending(path), since: pin)
            if let reason = explained.refusal(for: changes, at: FilePath(path), of: pin) { reasons.append(reason) }
        }
        return reasons
    }

    /// The checked-out commit where no branch, tag or remote contains it.
    private func unreachableCommit(_ git: GitProgram) async throws -> ObjectID? {
        let repository = try await project.repository()
        let layout = git.layout
        guard let commit = try layout.lastCheckedOut() else { return nil }
        if let branch = try layout.head().branch, try layout.resolve(reference: branch.reference) != nil { return nil }
        for prefix in ["refs/heads/", "refs/remotes/", "refs/tags/"] {
            for reference in try await repository.references(beneath: prefix) {
                let target = try? await repository.resolve(commitish: reference.target.hex + "^{commit}")
                // A tag of something that is no commit cannot contain one.
                if let target, try await repository.isAncestor(commit, of: target) { return nil }
            }
        }
        return commit
    }

    private func listed(_ paths: [FilePath], _ one: String, _ many: String) -> [String] {
        guard let first = paths.first else { return [] }
        if paths.count == 1 { return ["\(first) \(one)"] }
        let names = paths.prefix(3).map(\.string).joined(separator: ", ")
        return ["\(paths.count) files \(many): \(names)" + (paths.count > 3 ? ", …" : "")]
    }
}

/// The data in an environment's own copies of sources that its steps make, and that can be made again.
struct ExplainedData {
    private let outputs: [FilePath]

    init(by configuration: ProjectConfiguration) {
        // A pattern of a matrix explains whatever lies beneath its beginning.
        outputs = configuration.steps.flatMap(\.outputs).map { output in
            FilePath(String(output.prefix { $0 != "$" })).lexicallyNormalized()
        }
    }

    /// Why the environment must stay for the sake of changes in a copy; `nil` where outputs explain all of them.
    ///
    /// - Parameter path: the source's path in the workspace.
    func refusal(for changes: [PinChange], at path: FilePath, of pin: Pin) -> String? {
        let unexplained = changes.filter { change in
            let place = path.pushing(pin.isSingleFile ? "" : change.file).lexicallyNormalized()
            return !outputs.contains { place.starts(with: $0) || $0.starts(with: place) }
        }
        guard let first = unexplained.first else { return nil }
        let more = unexplained.count > 1 ? " and \(counted(unexplained.count - 1, "other")) in it" : ""
        let change = first.summary(at: path.string, of: pin)
        return "the environment's own data was changed (\(change)\(more)); `--discard-data` lets it go"
    }
}
