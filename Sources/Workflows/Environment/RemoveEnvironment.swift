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
            return discardingData ? [] : try await parkedData(environment).changes()
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
            return try await removeParked(environment, reason: reason, stays: stays, force: force)
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
            return try await removeParked(environment, reason: reason, stays: stays, force: force)
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
        guard let branch = BranchName(operation.subject), let environment = try project.store.environment(for: branch)
        else { return try project.store.finish(operation.id) }
        if operation.payload["parked"] == "true" { return try await recoverParked(environment, operation) }
        guard let workspace = operation.payload["workspace"].map({ FilePath($0) }),
            let trash = operation.payload["trash"].map({ FilePath($0) })
        else { return try project.store.finish(operation.id) }
        let journal = Journal.resume(operation, in: project)
        if environment.state == .trashed { return try journal.finish() }
        // Of a workspace that was not there from the start, only Git's record moves.
        let isMoved =
            try operation.payload["missing"] == "true"
            ? project.git.atMissingWorktree(workspace) == nil : !FileSystem.exists(workspace)
        guard isMoved || operation.lastStep == Step.move.rawValue else {
            try await project.git.removeOwnReference("refs/headgate/trash/\(operation.id)")
            return try await undo(environment, journal)
        }
        try await carryOut(
            environment, workspace: workspace, trash: trash, reason: operation.payload["reason"] ?? "removed",
            force: true, journal: journal
        ) {}
    }

    /// Makes the environment what it was, before anything has moved.
    func undo(_ environment: BranchEnvironment, _ journal: Journal) async throws {
        if environment.state == .removing {
            let was = EnvironmentState(rawValue: journal.operation.payload["was"] ?? "") ?? .ready
            try project.store.update(environment.branch) { $0.state = was }
        }
        await DataClones(project: project).bringBackIfPossible(
            operation: journal.operation.id, owner: environment.cloneOwner)
        try journal.finish()
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
            var kept = environment
            kept.state = .ready
            try forget(
                kept, moved: [.init(from: workspace.string, to: target.string)], operation: id, reason: reason,
                bytes: bytes)
        }
        try journal.finish()
    }

    /// Lets the trash know the environment as it comes back, and forgets its row.
    func forget(
        _ environment: BranchEnvironment, moved: [TrashEntry.Moved], operation: String, reason: String, bytes: Int64
    ) throws {
        let branch = environment.branch
        let now = project.host.time.now()
        try project.store.inOneTransaction {
            try project.store.insert(
                TrashEntry(
                    operation: operation, branch: branch, slug: environment.slug, moved: moved, removed: now,
                    expires: now + expiry(branch).trash, environment: environment, reason: reason, bytes: bytes))
            try project.store.update(branch) { $0.state = .trashed }
            try project.store.delete(branch)
        }
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

    func ownBytes(_ tree: FilePath) throws -> Int64 {
        try DiskUsage(of: tree, width: project.host.cores).own
    }

    private var patience: TimeSpan { TimeSpan(seconds: 2) }
}
