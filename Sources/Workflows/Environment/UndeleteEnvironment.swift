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
        if let taken = entry.moved.first(where: {
            FileSystem.exists(FilePath($0.from)) && FileSystem.exists(FilePath($0.to))
        }) {
            throw EnvironmentError.placeTaken(FilePath(taken.from))
        }
        if !entry.isParked, let worktree = try await project.git.worktree(of: branch) {
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
            // While everything lies in the trash, nothing has happened that must be finished.
            if entry.moved.allSatisfy({ FileSystem.exists(FilePath($0.to)) }) { try journal.finish() }
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
        if try occupant(entry) != nil {
            if let plan = try plan(entry), !FileSystem.exists(plan.trashedPath) {
                try await project.git.moveToTrash(plan)
            }
            if entry.isParked { try move(entry, back: true) }
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
        if entry.isParked { return try await carryOutParked(entry, journal) }
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
        try await journal.step(Step.clones) { await bringBackClones(entry) }
        let environment = try await journal.step(Step.ready) { try bringBackRow(entry) }
        try await journal.step(Step.release) { try await release(entry.operation) }
        try journal.finish()
        return environment
    }

    /// What has no workspace has no branch to check out and nothing of Git's in the trash.
    private func carryOutParked(_ entry: TrashEntry, _ journal: Journal) async throws -> BranchEnvironment {
        try await journal.step(Step.restore) { try move(entry, back: false) }
        try await journal.step(Step.clones) { await bringBackClones(entry) }
        let environment = try await journal.step(Step.ready) { try bringBackRow(entry) }
        try journal.finish()
        return environment
    }

    /// Moves its own copies to where they were, or back to the trash; may be repeated.
    private func move(_ entry: TrashEntry, back: Bool) throws {
        for moved in entry.moved {
            let (from, to) = (FilePath(back ? moved.from : moved.to), FilePath(back ? moved.to : moved.from))
            guard FileSystem.exists(from), !FileSystem.exists(to) else { continue }
            try FileSystem.makeDirectories(to.removingLastComponent())
            try FileSystem.rename(from, to: to, replacing: false)
        }
    }

    private func bringBackClones(_ entry: TrashEntry) async {
        await DataClones(project: project).bringBackIfPossible(
            operation: entry.operation, owner: entry.environment.cloneOwner)
    }

    private func bringBackRow(_ entry: TrashEntry) throws -> BranchEnvironment {
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
            let environment = try project.store.update(entry.branch) { $0.state = .ready }
            return entry.isParked ? try project.store.update(entry.branch) { $0.state = .parked } : environment
        }
    }

    private func release(_ operation: String) async throws {
        try await project.git.removeOwnReference("refs/headgate/trash/\(operation)")
        try project.store.set("trash-plan:\(operation)", to: nil)
    }
}

extension TrashEntry {
    /// Whether the environment had no workspace.
    var isParked: Bool { environment.workspace == nil }
}
