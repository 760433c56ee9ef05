/// `headgate.hooks/1`: the hooks of each working tree, and whether Git runs them.
public struct HooksDocument: JSONDocument, Sendable {
    public static let noun = "hooks"

    /// One hook in one working tree.
    public struct Hook: Encodable, Sendable {
        public enum State: String, Encodable, Sendable {
            /// Git runs it.
            case fires
            case notInstalled = "not-installed"
            /// It is there, and Git does not run it.
            case silent
        }

        public var hook: String
        public var worktree: String
        public var state: State

        public init(hook: String, worktree: String, state: State) {
            self.hook = hook
            self.worktree = worktree
            self.state = state
        }
    }

    public var hooks: [Hook]
    /// What is wrong with the program that the hooks ask; `nil` where nothing is.
    @OrNull public var problem: String?

    public init(_ hooks: [Hook], problem: String? = nil) {
        self.hooks = hooks
        self.problem = problem
    }
}

/// `headgate.hooks-change/1`, of `hooks install` and `hooks uninstall`.
public struct HooksChangeDocument: JSONDocument, Sendable {
    public static let noun = "hooks-change"

    /// One sentence each, in the order in which they were made.
    public var changes: [String]
    /// What an uninstall left because it is another tool's, one sentence each.
    public var left: [String]

    public init(changes: [String], left: [String] = []) {
        self.changes = changes
        self.left = left
    }
}
