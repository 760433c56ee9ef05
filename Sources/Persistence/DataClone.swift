import Model

/// A branch of a source's data that Headgate made in a system of its own: a database on a server, or what a `create`
/// command made.
///
/// It is recorded before it is made and forgotten after it is dropped. Nothing is ever dropped that is not recorded here.
public struct DataClone: Hashable, Sendable, Codable {
    /// Who knows how to make and drop it.
    public enum System: String, Hashable, Sendable, Codable {
        case postgres, command
    }

    /// Whose it is.
    public enum Owner: Hashable, Sendable, Codable {
        /// Nobody's: what environments' clones are made of.
        case template
        /// An environment's, by slug, which stays when its branch is renamed.
        case environment(slug: String)
        /// A merge result's, by the directory in which it is tested; only for as long as that takes.
        case candidate(String)
    }

    /// Where it is in its life.
    public enum State: String, Hashable, Sendable, Codable {
        /// Perhaps half made; dropped when its process is gone.
        case making
        case ready
        /// Kept for an environment in the trash.
        case aside
        /// On its way out; dropped by whoever comes next.
        case dropping
    }

    /// Unique, and the name that the other system knows it by while it is ready.
    public var name: String
    public var source: String
    public var system: System
    public var owner: Owner
    /// The id of the pin that it was made of.
    public var pin: String
    public var state: State
    /// Of the operation that set it aside.
    public var operation: String?
    public var asideSince: Timestamp?
    /// The server's address as the configuration writes it: without secrets.
    public var server: String
    /// The host and port it led to when the clone was made, so that nothing is dropped elsewhere.
    public var endpoint: String
    /// What a `create` command answered: how to reach it.
    public var answer: String?
    /// The command that drops it, with the shell that runs it; `nil` where nothing has to be done.
    public var drop: [String]?
    /// What `drop` finds besides, without secrets.
    public var variables: [String: String]?
    public var made: Timestamp
    /// Of a template: the pin that it is.
    public var template: Pin?
    public var maker: ProcessOwner

    public init(
        name: String, source: String, system: System, owner: Owner, pin: String, server: String, endpoint: String,
        drop: [String]? = nil, made: Timestamp, maker: ProcessOwner
    ) {
        self.name = name
        self.source = source
        self.system = system
        self.owner = owner
        self.pin = pin
        state = .making
        self.server = server
        self.endpoint = endpoint
        self.drop = drop
        self.made = made
        self.maker = maker
    }

    /// Whether it must go: half made or half dropped, and whoever was at it has ended.
    public var isLeftover: Bool {
        switch state {
        case .making: !maker.isAlive
        case .dropping: true
        case .ready: if case .candidate = owner { !maker.isAlive } else { false }
        case .aside: false
        }
    }
}
