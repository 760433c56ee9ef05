import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Brings a removed environment back from the trash, with its staged changes.
public struct UndeleteEnvironment: Sendable {
    enum Step: String, CaseIterable {
        /// The branch exists again.
        case branch
        /// Workspace and administrative directory are back.
        case restore
        /// Its databases have their names again.
        case clones
        /// The row says `ready` again, and the trash has forgotten the entry.
        case ready
        /// The reference that kept everything alive is gone.
        case release
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Returns the environment as it is again.
    ///
    /// - Throws: `EnvironmentError.nothingInTrash`, `.placeTaken`, `.exists`.
    public func callAsFunction(_ branch: BranchName) async throws -> BranchEnvironment {
        let lock = try await HeldLock(
            at: project.lockFile(.environment, branch), mode: .exclusive, wait: .upTo(TimeSpan(seconds: 2)))
        defer { lock.release() }
        guard let entry = try project.store.trashEntry(for: branch) else {
            throw EnvironmentError.nothingInTrash(branch, holds: try project.store.trash().map(\.branch))
        }
        if let known = try project.store.environment(for: branch) {
            throw EnvironmentError.exists(branch, at: known.workspace.map { FilePath($0) })
        }
        // One that was missing when it was removed may be there again.
        guard let moved = entry.moved.first,
            !FileSystem.exists(FilePath(moved.from)) || !FileSystem.exists(FilePath(moved.to))
        else {
            throw EnvironmentError.placeTaken(FilePath(entry.moved.first?.from ?? ""))
        }
        if let worktree = try await project.git.worktree(of: branch) {
            throw EnvironmentError.checkedOut(branch, at: worktree.path)
        }
        if let other = try occupant(entry) {
            throw PersistenceError.slugInUse(entry.environment.slug, by: other)
        }
        let journal = try Journal.begin(
            "undelete", subject: branch.rawValue, payload: ["entry": entry.operation], in: project)
        do {
            let environment = try await carryOut(entry, journal)
            try tellOlder(branch)
            return environment
        } catch {
            // While the workspace lies in the trash, nothing has happened that must be finished.
            if FileSystem.exists(FilePath(moved.to)) { try journal.finish() }
            throw error
        }
    }

    /// What else is in the trash of the same branch comes back only by hand, or once this one is removed for good.
    private func tellOlder(_ branch: BranchName) throws {
        for entry in try project.store.trash() where entry.branch == branch {
            guard let place = entry.moved.first?.to else { continue }
            project.host.say("an older one, removed \(entry.removed.rfc3339), stays in the trash at \(place)")
        }
    }

    /// Finishes what a killed command began: from the moment the environment begins to come back, back is where it goes;
    /// unless another has taken its place meanwhile.
    func recover(_ operation: Operation) async throws {
        let journal = Journal.resume(operation, in: project)
        guard let id = operation.payload["entry"], let entry = try project.store.trashEntry(operation: id) else {
            if let id = operation.payload["entry"] { try await release(id) }
            return try journal.finish()
        }
        if try occupant(entry) != nil, let plan = try plan(entry) {
            if !FileSystem.exists(plan.trashedPath) { try await project.git.moveToTrash(plan) }
            return try journal.finish()
        }
        _ = try await carryOut(entry, journal)
    }

    /// Another branch's environment that uses the place of this one: its own branch was renamed.
    private func occupant(_ entry: TrashEntry) throws -> BranchName? {
        try project.store.environments().first {
            $0.branch != entry.branch && $0.slug == entry.environment.slug
        }?.branch
    }

    private func plan(_ entry: TrashEntry) throws -> TrashedWorktree? {
        guard let moved = entry.moved.first, let name = try project.store.setting("trash-plan:\(entry.operation)")
        else {
            return nil
        }
        return TrashedWorktree(
            operation: entry.operation, path: FilePath(moved.from), trashedPath: FilePath(moved.to), entryName: name)
    }

    private func carryOut(_ entry: TrashEntry, _ journal: Journal) async throws -> BranchEnvironment {
        guard let plan = try plan(entry) else { throw EnvironmentError.nothingInTrash(entry.branch, holds: []) }
        try await journal.step(Step.branch) {
            let repository = try await project.repository()
            if try await repository.tip(of: entry.branch) == nil,
                let kept = try await repository.resolve(reference: plan.reference),
                let head = try await repository.commit(kept).parents.first
            {
                try await project.git.createBranch(entry.branch, at: head)
            }
        }
        try await journal.step(Step.restore) {
            try await project.git.restoreFromTrash(plan)
        }
        try await journal.step(Step.clones) {
            await DataClones(project: project).bringBackIfPossible(
                operation: entry.operation, owner: entry.environment.cloneOwner)
        }
        let environment = try await journal.step(Step.ready) {
            try project.store.inOneTransaction {
                if let known = try project.store.environment(for: entry.branch) { return known }
                var row = entry.environment
                row.state = .creating
                row.used = project.host.time.now()
                // A number that another environment was given meanwhile is given anew at the next use.
                let taken = Set(try project.store.environments().flatMap(\.ports.values))
                row.ports = row.ports.filter { !taken.contains($0.value) }
                try project.store.insert(row)
                try project.store.deleteTrashEntry(entry.operation)
                return try project.store.update(entry.branch) { $0.state = .ready }
            }
        }
        try await journal.step(Step.release) { try await release(entry.operation) }
        try journal.finish()
        return environment
    }

    private func release(_ operation: String) async throws {
        try await project.git.removeOwnReference("refs/headgate/trash/\(operation)")
        try project.store.set("trash-plan:\(operation)", to: nil)
    }
}
