/// Where an environment is in its life; `mayBecome` lists the moves.
public enum EnvironmentState: String, Hashable, Sendable, Codable, CaseIterable {
    case creating, ready, parked, removing, trashed

    /// Whether an environment in this state may be brought into `next`.
    public func mayBecome(_ next: Self) -> Bool {
        switch (self, next) {
        case (.creating, .ready), (.ready, .parked), (.parked, .ready): true
        case (.ready, .removing), (.parked, .removing), (.removing, .trashed): true
        case (.removing, .ready), (.removing, .parked): true  // recovery
        case (.trashed, .ready), (.trashed, .parked): true  // undelete
        default: false
        }
    }
}

/// Whose working tree an environment uses.
public enum WorkspaceKind: String, Hashable, Sendable, Codable {
    /// A worktree that Headgate made.
    case linked
    /// The repository's main working tree.
    case main
    /// A worktree that the user made; never removed.
    case user
}
