import Model

/// `headgate.environments/1`.
public struct EnvironmentsDocument: JSONDocument, Sendable {
    public static let noun = "environments"

    /// The environment's own copy of a writable source.
    public struct Copy: Encodable, Sendable {
        public var path: String
        /// How many files in it are not as pinned.
        public var changed: Int

        public init(path: String, changed: Int) {
            self.path = path
            self.changed = changed
        }
    }

    /// What the environment has of a source in a system of its own.
    public struct Clone: Encodable, Sendable {
        public var name: String
        public var source: String
        public var system: String

        public init(name: String, source: String, system: String) {
            self.name = name
            self.source = source
            self.system = system
        }
    }

    /// What another project made and proved.
    public struct Origin: Encodable, Sendable {
        public var project: String
        public var repository: String
        public var ref: String
        public var output: String
        public var commit: String
        public var verdict: String
        public var landed: String
        /// Where the reference stands now; `null` where it has not moved, or cannot be looked at.
        @OrNull public var movedTo: String?

        public init(_ origin: PinOrigin, movedTo: ObjectID?) {
            project = origin.project
            repository = origin.repository
            ref = origin.reference
            output = origin.output
            commit = origin.commit.hex
            verdict = origin.verdict.hex
            landed = origin.landed.rfc3339
            _movedTo = OrNull(wrappedValue: movedTo?.hex)
        }
    }

    public struct Source: Encodable, Sendable {
        public var name: String
        public var kind: String
        public var pin: PinKind
        public var id: String
        public var writable: Bool
        public var pinned: String
        /// As the configuration writes it where a secret is in it.
        public var location: String
        @OrNull public var copy: Copy?
        /// `null` for data of any kind but `project`.
        @OrNull public var origin: Origin?

        public init(
            name: String, kind: String, pin: PinKind, id: String, writable: Bool, pinned: Timestamp, location: String,
            copy: Copy?, origin: Origin?
        ) {
            self.name = name
            self.kind = kind
            self.pin = pin
            self.id = id
            self.writable = writable
            self.pinned = pinned.rfc3339
            self.location = location
            _copy = OrNull(wrappedValue: copy)
            _origin = OrNull(wrappedValue: origin)
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
        /// By name.
        public var ports: [String: Int]
        public var clones: [Clone]
        /// The names of the variables that commands find there, secrets among them.
        public var variables: [String]
        /// Commit, data and config as one hash; `null` in a list.
        @OrNull public var fingerprint: ContentHash?

        public init(
            _ environment: BranchEnvironment, isMissing: Bool, expires: Timestamp?, expired: [String],
            sources: [Source], bytes: Bytes, clones: [Clone], variables: [String], fingerprint: ContentHash?
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
            ports = environment.ports
            self.clones = clones
            self.variables = variables
            _fingerprint = OrNull(wrappedValue: fingerprint)
        }
    }

    public var environments: [Entry]

    public init(_ environments: [Entry]) {
        self.environments = environments
    }
}
