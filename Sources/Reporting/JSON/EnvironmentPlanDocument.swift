import Model

/// `headgate.environment-plan/1`: what creating an environment would do.
public struct EnvironmentPlanDocument: JSONDocument, Sendable {
    public static let noun = "environment-plan"

    public struct Source: Encodable, Sendable {
        public var name: String
        /// Whether data that is pinned already would be taken over.
        public var takenOver: Bool
        public var pin: PinKind
        public var bytes: Int64
        /// What the disk would have to hold besides what it holds already.
        public var newBytes: Int64
        /// A guess.
        public var seconds: Double
        public var reason: String

        public init(
            name: String, takenOver: Bool, pin: PinKind, bytes: Int64, newBytes: Int64, seconds: Double, reason: String
        ) {
            self.name = name
            self.takenOver = takenOver
            self.pin = pin
            self.bytes = bytes
            self.newBytes = newBytes
            self.seconds = seconds
            self.reason = reason
        }
    }

    public var branch: String
    public var workspace: String
    /// The commit at which the branch would begin; `null` where it exists.
    @OrNull public var newBranchAt: String?
    public var sources: [Source]

    public init(branch: String, workspace: String, newBranchAt: String?, sources: [Source]) {
        self.branch = branch
        self.workspace = workspace
        _newBranchAt = OrNull(wrappedValue: newBranchAt)
        self.sources = sources
    }
}
