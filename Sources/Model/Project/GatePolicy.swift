/// What must be true for a candidate to land, as `gate:` declares it.
public struct GatePolicy: Hashable, Sendable, Codable {
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable { case enforce, observe }
    public enum Required: Hashable, Sendable, Codable {
        case all
        case steps([String])
    }
    public enum WarningPolicy: String, Hashable, Sendable, Codable, CaseIterable { case allow, deny, acknowledge }
    public enum ChangePolicy: String, Hashable, Sendable, Codable, CaseIterable { case allow, acknowledge, deny }
    public enum TestsPolicy: String, Hashable, Sendable, Codable, CaseIterable { case required, optional }
    public enum Permission: String, Hashable, Sendable, Codable, CaseIterable { case deny, allow }
    public enum Signing: String, Hashable, Sendable, Codable, CaseIterable { case none, ssh }
    public enum ServerMode: String, Hashable, Sendable, Codable, CaseIterable { case verify, run }
    public enum UpstreamPolicy: String, Hashable, Sendable, Codable, CaseIterable { case any, verified }

    public var mode: Mode = .enforce
    public var method: MergeMethod = .merge
    public var require: Required = .all
    public var warnings: WarningPolicy = .allow
    public var changedTests: ChangePolicy = .acknowledge
    public var dataMaxAge: TimeSpan = .hours(24)
    public var isolation: IsolationLevel = .sandbox
    public var tests: TestsPolicy = .required
    public var existingFailures: Permission = .deny
    public var override: Permission = .deny
    public var ignore: [String] = []
    public var sign: Signing = .none
    public var server: ServerMode = .verify
    public var upstream: UpstreamPolicy = .any

    public init() {}
}

/// How a candidate is made out of target and branch.
public enum MergeMethod: String, Hashable, Sendable, Codable, CaseIterable {
    /// A commit with two parents.
    case merge
    /// A commit with the target as its only parent.
    case squash
    /// The branch's own tip, which must descend from the target.
    case fastForward = "ff"
}

/// Where and what `publish` publishes.
public struct PublishPolicy: Hashable, Sendable, Codable {
    public var to: String
    public var outputs: [String]
    public var keep: Int
    public var command: String?

    public init(to: String, outputs: [String], keep: Int = 10, command: String? = nil) {
        self.to = to
        self.outputs = outputs
        self.keep = keep
        self.command = command
    }
}
