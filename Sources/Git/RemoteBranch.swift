import Model

/// A branch of a remote, as it was when it was last fetched.
public struct RemoteBranch: Hashable, Sendable {
    /// The remote's name, such as `origin`.
    public let remote: String
    public let branch: BranchName
    public let tip: ObjectID

    public init(remote: String, branch: BranchName, tip: ObjectID) {
        self.remote = remote
        self.branch = branch
        self.tip = tip
    }
}
