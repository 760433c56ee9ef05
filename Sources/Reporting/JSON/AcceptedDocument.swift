import Model

/// `headgate.accepted/1`.
public struct AcceptedDocument: JSONDocument, Sendable {
    public static let noun = "accepted"

    public var id: String
    /// The test whose definition was edited.
    public var test: String
    public var summary: String

    public init(_ proposal: Proposal) {
        id = proposal.id
        test = proposal.test
        summary = proposal.summary
    }
}
