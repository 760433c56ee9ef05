import Model

/// What a commit object says.
public struct Commit: Hashable, Sendable {
    public let id: ObjectID
    public let tree: ObjectID
    /// In order; the first is the line that merges were made into. Empty for a root.
    public let parents: [ObjectID]
    public let author: Identity
    public let committer: Identity
    public let committed: Timestamp
    /// The whole message, with invalid UTF-8 replaced.
    public let message: String

    /// The first line of the message.
    public var subject: String {
        message.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }
}

/// A name and an e-mail address, as they stand in commits.
public struct Identity: Hashable, Sendable {
    public var name: String
    public var email: String

    public init(name: String, email: String) {
        self.name = name
        self.email = email
    }
}

/// How many commits two lines have that the other does not.
public struct Divergence: Hashable, Sendable {
    public let ahead: Int
    public let behind: Int
}
