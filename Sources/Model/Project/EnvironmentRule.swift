/// What holds for the branches whose name matches; the first rule that matches wins.
public struct EnvironmentRule: Hashable, Sendable, Codable {
    /// A branch name in which `*` stands for any characters, `/` too.
    public var match: BranchPattern
    /// Whether only landing may move these branches.
    public var isProtected: Bool
    /// The branch whose pins a new environment takes; `nil` means the main protected branch.
    public var from: String?
    public var parameters: [String: ParameterValue]
    /// Values may hold placeholders.
    public var variables: [String: String]
    /// A command, run outside the sandbox once when the environment is made.
    public var setup: String?
    /// A command, run outside the sandbox once when the environment is removed.
    public var teardown: String?
    /// Overrides the project's, where given.
    public var expiry: PartialExpiry?

    public init(
        match: BranchPattern, isProtected: Bool = false, from: String? = nil,
        parameters: [String: ParameterValue] = [:],
        variables: [String: String] = [:], setup: String? = nil, teardown: String? = nil, expiry: PartialExpiry? = nil
    ) {
        self.match = match
        self.isProtected = isProtected
        self.from = from
        self.parameters = parameters
        self.variables = variables
        self.setup = setup
        self.teardown = teardown
        self.expiry = expiry
    }
}

/// A pattern for branch names: `*` matches any characters, `/` too; everything else matches itself.
public struct BranchPattern: Hashable, Sendable, Codable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// Whether the pattern names exactly one branch.
    public var isPlain: Bool { !text.utf8.contains(UInt8(ascii: "*")) }

    /// Whether the branch's whole name matches.
    public func matches(_ branch: BranchName) -> Bool {
        wildcard(text, matches: branch.rawValue)
    }
}
