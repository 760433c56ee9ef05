import Model

/// One file, link or directory among the outputs of a step.
public struct OutputEntry: Hashable, Sendable, Codable {
    /// What lies at the path.
    public enum Kind: String, Hashable, Sendable, Codable {
        case file, link, directory
    }

    /// Relative to the workspace.
    public var path: String
    public var kind: Kind
    /// The content's hash; `nil` for links and directories.
    public var hash: ContentHash?
    /// The permission bits.
    public var mode: UInt32
    /// In bytes; 0 for links and directories.
    public var size: Int64
    /// What a link holds; `nil` for anything else.
    public var linkTarget: String?

    public init(
        path: String, kind: Kind = .file, hash: ContentHash?, mode: UInt32, size: Int64, linkTarget: String? = nil
    ) {
        self.path = path
        self.kind = kind
        self.hash = hash
        self.mode = mode
        self.size = size
        self.linkTarget = linkTarget
    }
}

/// What a step made when it succeeded under one key; failures have no such record.
public struct CachedResult: Hashable, Sendable {
    public var key: ContentHash
    public var outputs: [OutputEntry]
    /// How long the command took.
    public var seconds: Double
    public var made: Timestamp
    /// The id of the run that made it.
    public var run: String
    public var isolation: IsolationLevel
    /// Whether the step saw nothing but its declared inputs.
    public var isHermetic: Bool
    /// Whether a trace found no file opened without being declared.
    public var isTracedClean: Bool
    /// Whether nothing stood in the workspace that the step might have read without declaring it: no uncommitted change,
    /// no file that Git does not track.
    public var isAlone: Bool

    public init(
        key: ContentHash, outputs: [OutputEntry], seconds: Double, made: Timestamp, run: String,
        isolation: IsolationLevel, isHermetic: Bool = false, isTracedClean: Bool = false,
        isAlone: Bool = false
    ) {
        self.key = key
        self.outputs = outputs
        self.seconds = seconds
        self.made = made
        self.run = run
        self.isolation = isolation
        self.isHermetic = isHermetic
        self.isTracedClean = isTracedClean
        self.isAlone = isAlone
    }

    /// Whether a clean checkout of the same commit is known to give the same result.
    public var isSelfContained: Bool { isHermetic || isTracedClean || isAlone }

    /// The sum of the outputs' sizes.
    public var bytes: Int64 { outputs.reduce(0) { $0 + $1.size } }
}

/// How much of the cache one result takes, and when it was last put in place.
public struct CachedResultUse: Hashable, Sendable {
    public var key: ContentHash
    public var bytes: Int64
    public var used: Timestamp

    public init(key: ContentHash, bytes: Int64, used: Timestamp) {
        self.key = key
        self.bytes = bytes
        self.used = used
    }
}
