import HostSystem
import Model
import Persistence

/// Gives an environment a lease, which ends by itself.
public struct KeepEnvironment: Sendable {
    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Returns when the lease ends.
    ///
    /// - Throws: `PersistenceError.noEnvironment`.
    public func callAsFunction(_ branch: BranchName, for span: TimeSpan) throws -> Timestamp {
        let end = project.host.time.now() + span
        try project.store.update(branch) { $0.keptUntil = end }
        return end
    }
}
