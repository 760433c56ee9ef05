/// `headgate.prune/1`.
public struct PruneDocument: JSONDocument, Sendable {
    public static let noun = "prune"

    public struct Removed: Encodable, Sendable {
        public var branch: String
        public var reason: String
        public var bytes: Int64
        @OrNull public var trash: String?

        public init(branch: String, reason: String, bytes: Int64, trash: String?) {
            self.branch = branch
            self.reason = reason
            self.bytes = bytes
            _trash = OrNull(wrappedValue: trash)
        }
    }

    public struct Kept: Encodable, Sendable {
        public var branch: String
        public var refused: [String]

        public init(branch: String, refused: [String]) {
            self.branch = branch
            self.refused = refused
        }
    }

    public var removed: [Removed]
    public var kept: [Kept]
    public var dryRun: Bool

    public init(removed: [Removed], kept: [Kept], dryRun: Bool) {
        self.removed = removed
        self.kept = kept
        self.dryRun = dryRun
    }
}
