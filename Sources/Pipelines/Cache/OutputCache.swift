import HostSystem
import Model
import Persistence
import SystemPackage

/// Step outputs by content, shared by every workspace and branch of a repository.
public struct OutputCache: Sendable {
    /// `<workspaces root>/.store/cache`.
    public let directory: FilePath

    public init(directory: FilePath) {
        self.directory = directory
    }

    /// The bytes that the cache takes.
    public func size() throws -> Int64 { 0 }

    /// Forgets the least recently used results until the cache is no larger than `limit`.
    ///
    /// - Parameter keeping: keys of steps that a verdict, publication or environment needs.
    /// - Returns: the bytes freed.
    public func prune(limit: ByteCount, keeping: Set<ContentHash>, store: StateStore) throws -> Int64 { 0 }
}
