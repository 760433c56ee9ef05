/// `headgate.trust/1`.
public struct TrustDocument: JSONDocument, Sendable {
    public static let noun = "trust"

    /// What needs, or needed, approval: one sentence each.
    public var changes: [String]
    /// Whether nothing needs approval any more.
    public var approved: Bool

    public init(changes: [String], approved: Bool) {
        self.changes = changes
        self.approved = approved
    }
}
