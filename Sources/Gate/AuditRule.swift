import Model

/// What a commit on a protected branch is.
public enum AuditState: String, Hashable, Sendable, Codable, CaseIterable {
    case landed
    /// Came from the upstream, with a verdict for its tree.
    case upstreamVerified = "upstream-verified"
    case upstreamUnverified = "upstream-unverified"
    /// Up to and including the first commit that has a `headgate.yaml`.
    case bootstrap
    /// Landed without a verdict, by the policy's leave.
    case override
    /// Went round the gate, and somebody answered for it.
    case accepted
    /// Went round the gate.
    case ungated = "UNGATED"

    /// Whether an audit that finds such a commit fails.
    public func fails(upstream: GatePolicy.UpstreamPolicy) -> Bool {
        self == .ungated || (self == .upstreamUnverified && upstream == .verified)
    }
}

/// What is known of one commit on the first-parent line of a protected branch.
public struct AuditedCommit: Hashable, Sendable {
    public var commit: ObjectID
    public var tree: ObjectID
    /// A landing, override or acceptance recorded for exactly this commit on this branch, in Git's references.
    public var record: LandingRecord?
    /// Whether an authentic passing verdict exists for the commit's tree.
    public var hasVerdictForTree: Bool
    public var isInUpstream: Bool
    public var isBootstrap: Bool

    public init(
        commit: ObjectID, tree: ObjectID, record: LandingRecord?, hasVerdictForTree: Bool, isInUpstream: Bool,
        isBootstrap: Bool
    ) {
        self.commit = commit
        self.tree = tree
        self.record = record
        self.hasVerdictForTree = hasVerdictForTree
        self.isInUpstream = isInUpstream
        self.isBootstrap = isBootstrap
    }
}

/// Says what a commit is, from Git's references and verdicts alone.
public func classify(_ commit: AuditedCommit) -> AuditState {
    switch commit.record?.kind {
    case .accepted: return .accepted
    case .override: return .override
    case .landed where commit.hasVerdictForTree: return .landed
    case .landed, .bootstrap, .audited, nil: break
    }
    if commit.isBootstrap { return .bootstrap }
    if commit.isInUpstream { return commit.hasVerdictForTree ? .upstreamVerified : .upstreamUnverified }
    return .ungated
}
