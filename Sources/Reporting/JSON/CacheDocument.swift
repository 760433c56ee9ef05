import Model
import SystemPackage

/// `headgate.cache/1`.
public struct CacheDocument: JSONDocument, Sendable {
    public static let noun = "cache"

    public var path: String
    public var bytes: ByteCount
    public var results: Int
    public var limit: ByteCount
    public var freed: ByteCount

    public init(path: FilePath, bytes: ByteCount, results: Int, limit: ByteCount, freed: ByteCount) {
        self.path = path.string
        self.bytes = bytes
        self.results = results
        self.limit = limit
        self.freed = freed
    }
}
