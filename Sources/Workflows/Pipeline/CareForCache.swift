import Configuration
import HostSystem
import Model
import Persistence
import Pipelines
import SystemPackage

/// Looks after the cache of step outputs that all branches share.
public struct CareForCache: Sendable {
    /// What the cache holds.
    public struct Report: Sendable, Hashable {
        public var directory: FilePath
        /// On the disk.
        public var bytes: ByteCount
        public var results: Int
        /// `store.cache` of the configuration.
        public var limit: ByteCount
        /// What a prune removed; 0 where none was asked for.
        public var freed = ByteCount(0)
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Returns what the cache holds now.
    public func callAsFunction() async throws -> Report {
        let configuration = try project.configuration(in: project.workTree).configuration
        return try report(configuration)
    }

    /// Forgets the least recently used results until the cache is within its limit; what an environment has in place is
    /// kept. Runs may go on meanwhile.
    ///
    /// - Parameter limit: `nil` takes `store.cache` of the configuration.
    public func prune(to limit: ByteCount? = nil) async throws -> Report {
        let configuration = try project.configuration(in: project.workTree).configuration
        let freed = try cache(configuration).prune(
            limit: limit ?? configuration.store.cache, keeping: try neededKeys(), store: project.store)
        var report = try report(configuration)
        report.freed = ByteCount(freed)
        return report
    }

    /// Prunes after a run that made results, where their records say that the limit may be exceeded.
    ///
    /// Where all of it is needed, or much of it is shared, that cannot be helped, and is tried again only once the cache
    /// has grown by a twentieth.
    func pruneIfDue(_ configuration: ProjectConfiguration) throws {
        let limit = configuration.store.cache
        let total = try project.store.cachedTotals().bytes
        guard total > limit.bytes else { return }
        let setting = "cache-after-prune"
        if let text = try project.store.setting(setting), let after = Int64(text), after <= total,
            total < after + limit.bytes / 20
        {
            return
        }
        _ = try cache(configuration).prune(limit: limit, keeping: try neededKeys(), store: project.store)
        try project.store.set(setting, to: String(try project.store.cachedTotals().bytes))
    }

    private func report(_ configuration: ProjectConfiguration) throws -> Report {
        let cache = cache(configuration)
        return Report(
            directory: cache.directory, bytes: ByteCount(try cache.size()),
            results: try project.store.cachedTotals().results, limit: configuration.store.cache)
    }

    private func cache(_ configuration: ProjectConfiguration) -> OutputCache {
        OutputCache(directory: project.workspacesRoot(configuration).appending(".store").appending("cache"))
    }

    /// The keys of what the workspaces that are there have in place.
    private func neededKeys() throws -> Set<ContentHash> {
        try project.store.rememberedKeys().filter { FileSystem.isDirectory(FilePath($0.key)) }
            .reduce(into: []) { $0.formUnion($1.value) }
    }
}
