/// How long environments and removed things are kept.
public struct Expiry: Hashable, Sendable, Codable {
    /// After the branch was merged.
    public var merged: TimeSpan
    /// Without being used.
    public var unused: TimeSpan
    /// In the trash.
    public var trash: TimeSpan

    public init(merged: TimeSpan = .days(3), unused: TimeSpan = .days(30), trash: TimeSpan = .days(7)) {
        self.merged = merged
        self.unused = unused
        self.trash = trash
    }

    /// Returns these times with those of a rule put over them.
    public func overridden(by rule: PartialExpiry?) -> Expiry {
        Expiry(merged: rule?.merged ?? merged, unused: rule?.unused ?? unused, trash: rule?.trash ?? trash)
    }
}

/// The times that a rule overrides.
public struct PartialExpiry: Hashable, Sendable, Codable {
    public var merged: TimeSpan?
    public var unused: TimeSpan?
    public var trash: TimeSpan?

    public init(merged: TimeSpan? = nil, unused: TimeSpan? = nil, trash: TimeSpan? = nil) {
        self.merged = merged
        self.unused = unused
        self.trash = trash
    }
}

/// How much the store keeps.
public struct StorePolicy: Hashable, Sendable, Codable {
    /// Snapshots kept per source beside those in use.
    public var snapshots: Int
    public var cache: ByteCount
    /// Nothing larger is ever copied unasked.
    public var copyLimit: ByteCount

    public init(
        snapshots: Int = 3, cache: ByteCount = ByteCount(20_000_000_000),
        copyLimit: ByteCount = ByteCount(2_000_000_000)
    ) {
        self.snapshots = snapshots
        self.cache = cache
        self.copyLimit = copyLimit
    }
}
