import SystemPackage

/// What one branch has: workspace, data, config.
public struct BranchEnvironment: Hashable, Sendable, Codable {
    public var branch: BranchName
    public var slug: String
    public var state: EnvironmentState
    public var kind: WorkspaceKind
    /// Absolute; `nil` while parked.
    public var workspace: String?
    public var created: Timestamp
    public var used: Timestamp
    /// A lease: not expired before.
    public var keptUntil: Timestamp?
    /// Empty while creation is lazy; ordered by source name.
    public var pins: [Pin]
    public var ports: [String: Int]
    /// The branch's commit when the environment was made: tells own commits from inherited ones.
    public var createdAt: ObjectID?

    public init(
        branch: BranchName, slug: String, state: EnvironmentState, kind: WorkspaceKind, workspace: String?,
        created: Timestamp, used: Timestamp, keptUntil: Timestamp? = nil, pins: [Pin] = [], ports: [String: Int] = [:],
        createdAt: ObjectID? = nil
    ) {
        self.branch = branch
        self.slug = slug
        self.state = state
        self.kind = kind
        self.workspace = workspace
        self.created = created
        self.used = used
        self.keptUntil = keptUntil
        self.pins = pins
        self.ports = ports
        self.createdAt = createdAt
    }
}
