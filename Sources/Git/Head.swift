import Model

/// What `HEAD` says.
public enum Head: Hashable, Sendable {
    /// On a branch; `tip` is `nil` when the branch has no commit yet.
    case branch(BranchName, tip: ObjectID?)
    case detached(ObjectID)

    /// The branch, or `nil` when detached.
    public var branch: BranchName? {
        if case .branch(let branch, _) = self { branch } else { nil }
    }

    /// The commit, or `nil` when the branch has none yet.
    public var commit: ObjectID? {
        switch self {
        case .branch(_, let tip): tip
        case .detached(let commit): commit
        }
    }

    /// Whether the branch has no commit yet.
    public var isUnborn: Bool { commit == nil }
}
