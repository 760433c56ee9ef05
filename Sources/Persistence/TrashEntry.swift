import Model

/// A removed environment, restorable until its time is over.
public struct TrashEntry: Hashable, Sendable, Codable {
    /// Something that was moved, with absolute paths.
    public struct Moved: Hashable, Sendable, Codable {
        public var from: String
        public var to: String

        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    /// The operation that removed it; also its directory in the trash.
    public var operation: String
    public var branch: BranchName
    public var slug: String
    /// In the order in which it was moved; put back in reverse.
    public var moved: [Moved]
    public var removed: Timestamp
    public var expires: Timestamp
    /// The row as it was before removal.
    public var environment: BranchEnvironment
    /// Why it was removed, in words.
    public var reason: String
    public var bytes: Int64

    public init(
        operation: String, branch: BranchName, slug: String, moved: [Moved], removed: Timestamp, expires: Timestamp,
        environment: BranchEnvironment, reason: String, bytes: Int64
    ) {
        self.operation = operation
        self.branch = branch
        self.slug = slug
        self.moved = moved
        self.removed = removed
        self.expires = expires
        self.environment = environment
        self.reason = reason
        self.bytes = bytes
    }
}
