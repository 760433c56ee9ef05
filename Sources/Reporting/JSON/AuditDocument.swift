import Model

/// `headgate.audit/1`.
public struct AuditDocument: JSONDocument, Sendable {
    public static let noun = "audit"

    public struct Commit: Encodable, Sendable {
        public var oid: ObjectID
        public var state: String
        @OrNull public var partOf: ObjectID?

        public init(oid: ObjectID, state: String, partOf: ObjectID?) {
            self.oid = oid
            self.state = state
            _partOf = OrNull(wrappedValue: partOf)
        }
    }

    public struct Branch: Encodable, Sendable {
        public var name: String
        public var tip: ObjectID
        public var rewound: Bool
        /// The commits whose record was deleted.
        public var unrecorded: [ObjectID]
        public var commits: [Commit]

        public init(name: String, tip: ObjectID, rewound: Bool, unrecorded: [ObjectID], commits: [Commit]) {
            self.name = name
            self.tip = tip
            self.rewound = rewound
            self.unrecorded = unrecorded
            self.commits = commits
        }
    }

    public var branches: [Branch]

    public init(_ branches: [Branch]) {
        self.branches = branches
    }
}
