import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Moves an environment to the trash, from which `UndeleteEnvironment` brings it back whole.
public struct RemoveEnvironment: Sendable {
    /// Each step may be repeated.
    enum Step: String, CaseIterable {
        /// The row says `removing`.
        case record
        /// The rule's teardown ran.
        case teardown
        /// Its databases have other names.
        case clones
        /// A reference keeps what only this worktree names.
        case keepAlive
        /// Workspace and administrative directory lie in the trash.
        case move
        /// The trash knows the environment, and its row says `trashed`.
        case trashed
    }

    /// An environment that was removed.
    public struct Removed: Sendable {
        public let branch: BranchName
        /// The directory in the trash.
        public let trash: FilePath
        public let bytes: Int64
        /// What stays, for people: "branch kept, 3 commits not in main".
        public let stays: String
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Why `branch`'s environment must stay; empty when it may go.
    public func refusals(_ branch: BranchName, discardingData: Bool = false) async throws -> [String] {
        let environment = try project.store.requireEnvironment(for: branch)
        guard let workspace = environment.workspace.map({ FilePath($0) }) else {
            return discardingData ? [] : try await ownCopyChanges(environment)
        }
        guard environment.kind == .linked || !FileSystem.isDirectory(workspace) else {
            throw EnvironmentError.notOurs(branch, at: workspace, kind: environment.kind)
        }
        return try await RemovalChecks(project: project, environment: environment, workspace: workspace).refusals(
            discardingData: discardingData)
    }

    /// Removes the environment of `branch`.
    ///
    /// - Parameters:
    ///   - force: goes on although work would be lost; it is in the trash all the same.
    ///   - discardData: lets changes of the environment's own copies of sources be no reason to stay.
    /// - Throws: `EnvironmentError.refused`, `.notOurs`, `PersistenceError.noEnvironment`, `HostError.locked`.
    public func callAsFunction(
        _ branch: BranchName, reason: String, force: Bool, discardData: Bool = false
    ) async throws -> Removed {
        let lock = try await HeldLock(
            at: project.lockFile(.environment, branch), mode: .exclusive, wait: .upTo(patience))
        defer { lock.release() }
        try await project.followMoves()
        let environment = try project.store.requireEnvironment(for: branch)
        guard environment.state == .ready || environment.state == .parked else {
            throw EnvironmentError.underWay(branch, environment.state)
        }
        let stays = try await whatStays(branch)
        guard let workspace = environment.workspace.map({ FilePath($0) }) else {
            let reasons = force ? [] : try await refusals(branch, discardingData: discardData)
            guard reasons.isEmpty else { throw EnvironmentError.refused(branch, reasons: reasons) }
            return try await forgetParked(environment, stays: stays, force: force)
        }
        guard environment.kind == .linked || !FileSystem.isDirectory(workspace) else {
            throw EnvironmentError.notOurs(branch, at: workspace, kind: environment.kind)
        }
        if !force {
            let reasons = try await refusals(branch, discardingData: discardData)
            guard reasons.isEmpty else { throw EnvironmentError.refused(branch, reasons: reasons) }
        }
        // A worktree of the user's may be on a disk that is not mounted now.
        let isKnown = try environment.kind == .linked && project.git.atMissingWorktree(workspace) != nil
        guard FileSystem.isDirectory(workspace) || isKnown else {
            return try await forgetParked(environment, stays: stays, force: force)
        }

        let root = trashRoot(workspace)
        let journal = try Journal.begin(
            "remove", subject: branch.rawValue,
            payload: [
                "workspace": workspace.string, "trash": root.string, "reason": reason,
                "was": environment.state.rawValue, "missing": FileSystem.isDirectory(workspace) ? "" : "true",
            ],
            in: project)
        do {
            try await carryOut(
                environment, workspace: workspace, trash: root, reason: reason, force: force, journal: journal
            ) {
                if force { return }
                let late = try await self.refusals(branch, discardingData: discardData)
                guard late.isEmpty else { throw EnvironmentError.refused(branch, reasons: late) }
            }
        } catch {
            await project.takeBack { try await recover(journal.operation) }
            throw error
        }
        return Removed(
            branch: branch, trash: root.appending(journal.operation.id),
            bytes: try project.store.trashEntry(operation: journal.operation.id)?.bytes ?? 0, stays: stays)
    }

    /// Finishes a removal whose process was killed once the workspace has begun to move, and undoes it before.
    func recover(_ operation: Operation) async throws {
        guard let branch = BranchName(operation.subject), let environment = try project.store.environment(for: branch),
            let workspace = operation.payload["workspace"].map({ FilePath($0) }),
            let trash = operation.payload["trash"].map({ FilePath($0) })
        else { return try project.store.finish(operation.id) }
        let journal = Journal.resume(operation, in: project)
        if environment.state == .trashed { return try journal.finish() }
        // Of a workspace that was not there from the start, only Git's record moves.
        let isMoved =
            try operation.payload["missing"] == "true"
            ? project.git.atMissingWorktree(workspace) == nil : !FileSystem.exists(workspace)
        guard isMoved || operation.lastStep == Step.move.rawValue else {
            if environment.state == .removing {
                let was = EnvironmentState(rawValue: operation.payload["was"] ?? "") ?? .ready
                try project.store.update(branch) { $0.state = was }
            }
            try await project.git.removeOwnReference("refs/headgate/trash/\(operation.id)")
            await DataClones(project: project).bringBackIfPossible(
                operation: operation.id, owner: environment.cloneOwner)
            return try journal.finish()
        }
        try await carryOut(
            environment, workspace: workspace, trash: trash, reason: operation.payload["reason"] ?? "removed",
            force: true, journal: journal
        ) {}
    }

    private func carryOut(
        _ environment: BranchEnvironment, workspace: FilePath, trash: FilePath, reason: String, force: Bool,
        journal: Journal,
        checkingAgain check: () async throws -> Void
    ) async throws {
        let branch = environment.branch
        let id = journal.operation.id
        let isResumed = journal.operation.lastStep != nil
        try await journal.step(Step.record) {
            if try project.store.requireEnvironment(for: branch).state != .removing {
                try project.store.update(branch) { $0.state = .removing }
            }
        }
        if !isResumed || journal.operation.lastStep == Step.record.rawValue {
            try await journal.step(Step.teardown) { try await tearDown(environment, workspace) }
        }
        try await journal.step(Step.clones) {
            try await DataClones(project: project).setAside(environment.cloneOwner, operation: id, force: force)
        }
        let target = trash.appending(id).appending(workspace.lastComponent?.string ?? "workspace")
        try FileSystem.makeDirectories(target.removingLastComponent(), mode: 0o700)
        let plan = try trashPlan(workspace, target, operation: id)
        if try FileSystem.exists(workspace) || project.git.atMissingWorktree(workspace) != nil {
            try await journal.step(Step.keepAlive) { _ = try await project.git.keepAlive(plan) }
            try await check()
        }
        try await journal.step(Step.move) { try await project.git.moveToTrash(plan) }
        try await journal.step(Step.trashed) {
            let bytes = FileSystem.isDirectory(target) ? try ownBytes(target) : 0
            let now = project.host.time.now()
            try project.store.inOneTransaction {
                var kept = environment
                kept.state = .ready
                try project.store.insert(
                    TrashEntry(
                        operation: id, branch: branch, slug: environment.slug,
                        moved: [.init(from: workspace.string, to: target.string)], removed: now,
                        expires: now + expiry(branch).trash, environment: kept, reason: reason, bytes: bytes))
                try project.store.update(branch) { $0.state = .trashed }
                try project.store.delete(branch)
            }
        }
        try journal.finish()
    }

    /// The plan of a removal under way: Git's own entry is looked up where the workspace still stands, and by its name
    /// where it has moved.
    private func trashPlan(_ workspace: FilePath, _ target: FilePath, operation: String) throws -> TrashedWorktree {
        let name = "trash-plan:\(operation)"
        if let recorded = try project.store.setting(name),
            let plan = TrashedWorktree(operation: operation, path: workspace, trashedPath: target, entryName: recorded)
        {
            return plan
        }
        let plan = try project.git.planTrash(workspace, to: target, operation: operation)
        try project.store.set(name, to: plan.entryName)
        return plan
    }

    private func tearDown(_ environment: BranchEnvironment, _ workspace: FilePath) async throws {
        guard FileSystem.exists(workspace.appending(Project.configurationFile)) else { return }
        let loaded = try project.configuration(in: workspace)
        try await EnvironmentScript(project: project, loaded: loaded, environment: environment, workspace: workspace)
            .tearDown()
    }

    /// The copies of its own that a parked environment changed while it was that of the main workspace.
    private func ownCopyChanges(_ environment: BranchEnvironment) async throws -> [String] {
        // Without a configuration that reads, nobody knows where the store is.
        guard let main = project.layout.mainWorkTree, let loaded = try? project.configuration(in: project.workTree)
        else { return [] }
        let snapshots = SourcePinning.snapshots(project, loaded.configuration)
        let copies = OwnCopies(besides: snapshots, slug: environment.slug)
        let paths = Dictionary(
            loaded.configuration.sources.map { ($0.name, $0.path) }, uniquingKeysWith: { first, _ in first })
        let explained = ExplainedData(by: loaded.configuration)
        var reasons: [String] = []
        for pin in environment.pins {
            guard let copy = try copies.copy(of: pin, at: paths[pin.source] ?? nil, in: main),
                let reason = explained.refusal(
                    for: try await snapshots.ownChanges(in: copy.at, since: pin), at: copy.path, of: pin)
            else { continue }
            reasons.append(reason)
        }
        return reasons
    }

    /// Moves the copies of its own to the trash, where what was changed in them stays for a while.
    private func putAsideOwnCopies(_ environment: BranchEnvironment) throws {
        // As above: what is not found stays where it is.
        guard let loaded = try? project.configuration(in: project.workTree) else { return }
        let root = project.workspacesRoot(loaded.configuration)
        let copies = OwnCopies(
            besides: SourcePinning.snapshots(project, loaded.configuration), slug: environment.slug)
        guard FileSystem.exists(copies.folder) else { return }
        let journal = try Journal.begin("remove", subject: environment.branch.rawValue, payload: [:], in: project)
        let trash = root.appending(".trash").appending(journal.operation.id)
        try FileSystem.makeDirectories(trash, mode: 0o700)
        try FileSystem.rename(copies.folder, to: trash.appending("data"), replacing: false)
        project.host.say("the data of its own is at \(trash.appending("data")) now")
        try journal.finish()
    }

    /// A parked environment has no workspace: its row, its pins and copies of its own are all there is.
    private func forgetParked(_ environment: BranchEnvironment, stays: String, force: Bool) async throws -> Removed {
        // First what may fail.
        try await DataClones(project: project).setAside(environment.cloneOwner, operation: "retired", force: force)
        try putAsideOwnCopies(environment)
        try project.store.inOneTransaction {
            try project.store.update(environment.branch) { $0.state = .removing }
            try project.store.delete(environment.branch)
        }
        return Removed(branch: environment.branch, trash: "", bytes: 0, stays: stays)
    }

    private func whatStays(_ branch: BranchName) async throws -> String {
        guard let tip = try project.layout.resolve(reference: branch.reference) else { return "the branch is gone" }
        guard let loaded = try? project.configuration(in: project.workTree),
            let main = try project.mainProtectedBranch(loaded.configuration), main != branch,
            let target = try project.layout.resolve(reference: main.reference)
        else { return "branch kept" }  // Without a configuration there is nothing to compare the branch with.
        let ahead = try await project.repository().aheadBehind(tip, target).ahead
        return ahead == 0
            ? "branch kept, all of it in \(main)" : "branch kept, \(counted(ahead, "commit")) not in \(main)"
    }

    private func trashRoot(_ workspace: FilePath) -> FilePath {
        workspace.removingLastComponent().appending(".trash")
    }

    private func expiry(_ branch: BranchName) -> Expiry {
        // A configuration that does not read must not keep anybody from cleaning up: the defaults hold then.
        guard let loaded = try? project.configuration(in: project.workTree) else { return Expiry() }
        return loaded.configuration.expiry.overridden(by: loaded.configuration.rule(for: branch).expiry)
    }

    private func ownBytes(_ tree: FilePath) throws -> Int64 {
        try DiskUsage(of: tree, width: project.host.cores).own
    }

    private var patience: TimeSpan { TimeSpan(seconds: 2) }
}
