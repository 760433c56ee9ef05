import Model

/// `headgate.environments/1`.
public struct EnvironmentsDocument: JSONDocument, Sendable {
    public static let noun = "environments"

    public struct Source: Encodable, Sendable {
        public var name: String
        public var kind: String
        public var pin: PinKind
        public var id: String
        public var writable: Bool

        public init(name: String, kind: String, pin: PinKind, id: String, writable: Bool) {
            self.name = name
            self.kind = kind
            self.pin = pin
            self.id = id
            self.writable = writable
        }
    }

    public struct Bytes: Encodable, Sendable {
        public var own: Int64
        public var shared: Int64

        public init(own: Int64, shared: Int64) {
            self.own = own
            self.shared = shared
        }
    }

    public struct Entry: Encodable, Sendable {
        public var branch: String
        public var slug: String
        public var state: EnvironmentState
        @OrNull public var workspace: String?
        /// Whether the workspace was deleted or moved by hand.
        public var missing: Bool
        public var kind: WorkspaceKind
        public var created: String
        public var used: String
        @OrNull public var expires: String?
        public var expired: [String]
        public var sources: [Source]
        public var bytes: Bytes
        /// Commit, data and config as one hash; `null` in a list.
        @OrNull public var fingerprint: ContentHash?

        public init(
            _ environment: BranchEnvironment, isMissing: Bool, expires: Timestamp?, expired: [String],
            sources: [Source], bytes: Bytes,
            fingerprint: ContentHash?
        ) {
            branch = environment.branch.rawValue
            slug = environment.slug
            state = environment.state
            _workspace = OrNull(wrappedValue: environment.workspace)
            missing = isMissing
            kind = environment.kind
            created = environment.created.rfc3339
            used = environment.used.rfc3339
            _expires = OrNull(wrappedValue: expires?.rfc3339)
            self.expired = expired
            self.sources = sources
            self.bytes = bytes
            _fingerprint = OrNull(wrappedValue: fingerprint)
        }
    }

    public var environments: [Entry]

    public init(_ environments: [Entry]) {
        self.environments = environments
    }
}
