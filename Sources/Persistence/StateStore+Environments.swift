import GRDB
import Model

extension StateStore {
    /// Records a new environment, by convention in state `creating`.
    ///
    /// - Throws: `environmentExists`, `slugInUse` or `workspaceInUse` when another row stands in the way.
    public func insert(_ environment: BranchEnvironment) throws {
        try write { database in
            try EnvironmentTable.requireRoom(for: environment, in: database)
            try EnvironmentTable.insert(environment, in: database)
        }
    }

    /// Returns the environment of `branch`, or `nil`.
    public func environment(for branch: BranchName) throws -> BranchEnvironment? {
        try read { try EnvironmentTable.load(from: $0, where: "branch = ?", [branch.rawValue]).first }
    }

    /// Returns the environment of `branch`, which must exist.
    ///
    /// - Throws: `noEnvironment`.
    public func requireEnvironment(for branch: BranchName) throws -> BranchEnvironment {
        guard let environment = try environment(for: branch) else { throw PersistenceError.noEnvironment(branch) }
        return environment
    }

    /// Returns the environment whose directory name is `slug`, or `nil`.
    public func environment(slug: String) throws -> BranchEnvironment? {
        try read { try EnvironmentTable.load(from: $0, where: "slug = ?", [slug]).first }
    }

    /// Returns the environment that uses the working tree at `workspace`, an absolute path, or `nil`.
    public func environment(workspace: String) throws -> BranchEnvironment? {
        try read { try EnvironmentTable.load(from: $0, where: "workspace = ?", [workspace]).first }
    }

    /// Returns all environments in the order of their branches' names.
    public func environments() throws -> [BranchEnvironment] {
        try read { try EnvironmentTable.load(from: $0) }
    }

    /// Changes what is recorded of `branch` and returns it; branch names are changed by `rename`.
    ///
    /// - Throws: `noEnvironment`; `illegalMove` when the state may not become the new one; `slugInUse` or
    ///   `workspaceInUse`; what `change` throws. Nothing is recorded then.
    @discardableResult
    public func update(
        _ branch: BranchName, _ change: (inout BranchEnvironment) throws -> Void
    ) throws -> BranchEnvironment {
        try write { database in
            guard let old = try EnvironmentTable.load(from: database, where: "branch = ?", [branch.rawValue]).first
            else {
                throw PersistenceError.noEnvironment(branch)
            }
            var new = old
            try change(&new)
            precondition(new.branch == branch, "an environment is renamed by rename(_:to:)")
            if new == old { return old }
            guard new.state == old.state || old.state.mayBecome(new.state) else {
                throw PersistenceError.illegalMove(branch, from: old.state, to: new.state)
            }
            try EnvironmentTable.requireRoom(for: new, in: database)
            try EnvironmentTable.update(from: old, to: new, in: database)
            return new
        }
    }

    /// Follows the renaming of a branch; directory and state stay.
    ///
    /// - Throws: `noEnvironment`; `environmentExists` when the new name has one.
    public func rename(_ branch: BranchName, to name: BranchName) throws {
        try write { database in
            if try EnvironmentTable.load(from: database, where: "branch = ?", [name.rawValue]).first != nil {
                throw PersistenceError.environmentExists(name)
            }
            try database.execute(
                sql: "UPDATE environment SET branch = ? WHERE branch = ?", arguments: [name.rawValue, branch.rawValue])
            if database.changesCount == 0 { throw PersistenceError.noEnvironment(branch) }
        }
    }

    /// Forgets an environment that is half made or about to go; none there is fine.
    ///
    /// - Throws: `illegalMove` when it is `ready` or `parked`.
    public func delete(_ branch: BranchName) throws {
        try write { database in
            guard let old = try EnvironmentTable.load(from: database, where: "branch = ?", [branch.rawValue]).first
            else { return }
            switch old.state {
            case .creating, .removing, .trashed:
                try database.execute(sql: "DELETE FROM environment WHERE branch = ?", arguments: [branch.rawValue])
            case .ready, .parked:
                throw PersistenceError.illegalMove(branch, from: old.state, to: .trashed)
            }
        }
    }

    /// Returns the ids (`<source>/<id>`) of all pins that an environment or an entry of the trash holds.
    public func pinsInUse() throws -> Set<String> {
        let held = try read { try String.fetchSet($0, sql: "SELECT DISTINCT id FROM pin") }
        return try trash().reduce(into: held) { ids, entry in
            ids.formUnion(entry.environment.pins.map(\.id))
        }
    }
}
