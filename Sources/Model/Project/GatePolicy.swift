/// What must be true for a candidate to land, as `gate:` declares it.
public struct GatePolicy: Hashable, Sendable, Codable {
    /// Whether hooks refuse, or only tell what they would have refused.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable { case enforce, observe }
    /// Which steps must have succeeded.
    public enum Required: Hashable, Sendable, Codable {
        case all
        case steps([String])
    }
    /// What a failed test of severity warning does.
    public enum WarningPolicy: String, Hashable, Sendable, Codable, CaseIterable { case allow, deny, acknowledge }
    /// What happens when a branch removes or weakens a test, or changes a setting that the gate stands on.
    public enum ChangePolicy: String, Hashable, Sendable, Codable, CaseIterable { case allow, acknowledge, deny }
    /// Whether a candidate for which no data test ran may land.
    public enum TestsPolicy: String, Hashable, Sendable, Codable, CaseIterable { case required, optional }
    /// Whether something is allowed at all.
    public enum Permission: String, Hashable, Sendable, Codable, CaseIterable { case deny, allow }
    /// How verdicts are to be signed; read, and not acted on yet.
    public enum Signing: String, Hashable, Sendable, Codable, CaseIterable { case none, ssh }
    /// What a server is to do with a verdict that is pushed: verify it, or run all of it again; read, and not acted on yet.
    public enum ServerMode: String, Hashable, Sendable, Codable, CaseIterable { case verify, run }
    /// Which commits that came from the upstream an audit lets pass.
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
