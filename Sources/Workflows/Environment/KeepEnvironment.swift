import HostSystem
import Model
import Persistence

/// Gives an environment a lease, which ends by itself.
public struct KeepEnvironment: Sendable {
    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Lets the lease end at `end`.
    ///
    /// - Throws: `PersistenceError.noEnvironment`.
    public func callAsFunction(_ branch: BranchName, until end: Timestamp) throws {
        try project.store.update(branch) { $0.keptUntil = end }
    }
}
