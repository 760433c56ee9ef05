import Model

/// A workflow under way: a list of named steps, each of which may be repeated.
///
/// It is recorded before the first step and forgotten after the last, so what a killed process leaves behind names the
/// step at which recovery goes on.
public struct Operation: Hashable, Sendable {
    /// Unique and fit for a directory name.
    public var id: String
    /// The workflow, such as `create`, `remove` or `land`.
    public var kind: String
    /// What it works on, such as a branch.
    public var subject: String
    /// What recovery needs to know.
    public var payload: [String: String]
    public var started: Timestamp
    /// The last step that was finished; `nil` before the first.
    public var lastStep: String?
    public var owner: ProcessOwner

    public init(
        id: String, kind: String, subject: String, payload: [String: String] = [:], started: Timestamp,
        lastStep: String? = nil, owner: ProcessOwner
    ) {
        self.id = id
        self.kind = kind
        self.subject = subject
        self.payload = payload
        self.started = started
        self.lastStep = lastStep
        self.owner = owner
    }

    /// Whether the process that began it, or took it over, still exists.
    public var isOwnerAlive: Bool { owner.isAlive }
}
