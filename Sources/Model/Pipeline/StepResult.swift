/// How a step of a run ended.
public enum StepState: String, Hashable, Sendable, Codable {
    case ran, cached
    case upToDate = "up-to-date"
    case failed
    /// Not run because something it depends on failed, or the run was interrupted before.
    case skipped
    /// Was running when the run was killed.
    case lost
}

/// What happened to one step in one run.
public struct StepResult: Hashable, Sendable, Codable {
    public var id: String
    public var state: StepState
    public var seconds: Double
    /// `nil` when the step's inputs were not there to compute it.
    public var key: ContentHash?
    /// Exit status of the command; `nil` when it did not run; 128 + n for signal n.
    public var exit: Int32?
    /// Absolute path of the log; `nil` when the command did not run.
    public var log: String?
    /// One sentence for people when it failed or was skipped.
    public var message: String?
    /// Hash of all outputs (paths and contents); equal hashes mean that nothing downstream has to run.
    public var outputs: ContentHash?
    /// Seconds the command took when it last ran, for cached steps: the time saved.
    public var savedSeconds: Double?
    public var attempts: Int
    /// The files that a traced step opened without declaring them; `nil` for one that was not traced. Not recorded.
    public var undeclared: [String]?

    public init(
        id: String, state: StepState, seconds: Double = 0, key: ContentHash? = nil, exit: Int32? = nil,
        log: String? = nil,
        message: String? = nil, outputs: ContentHash? = nil, savedSeconds: Double? = nil, attempts: Int = 0
    ) {
        self.id = id
        self.state = state
        self.seconds = seconds
        self.key = key
        self.exit = exit
        self.log = log
        self.message = message
        self.outputs = outputs
        self.savedSeconds = savedSeconds
        self.attempts = attempts
    }
}

/// One part of a step's key that differs from the last time: `input:data/raw/flights.csv`, `param:month`, `command`,
/// `never-ran`, `forced`, …
public struct KeyDifference: Hashable, Sendable, Codable {
    public var part: String
    public var old: String?
    public var new: String?

    public init(part: String, old: String? = nil, new: String? = nil) {
        self.part = part
        self.old = old
        self.new = new
    }
}

/// What `run` would do with a step.
public struct PlannedStep: Hashable, Sendable, Codable {
    public enum Action: String, Hashable, Sendable, Codable {
        case run, cached
        case upToDate = "up-to-date"
    }

    public var id: String
    public var action: Action
    /// The first difference comes first; empty when up to date.
    public var reasons: [KeyDifference]

    public init(id: String, action: Action, reasons: [KeyDifference] = []) {
        self.id = id
        self.action = action
        self.reasons = reasons
    }
}
