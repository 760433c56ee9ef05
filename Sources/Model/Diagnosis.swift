/// What a person is told when something cannot be done: what happened, why, and how to mend it.
public struct Diagnosis: Hashable, Sendable {
    public let problem: String
    /// Why it happened, or `nil` when the problem says it all.
    public let reason: String?
    /// What to do about it, or `nil` when nothing helps.
    public let remedy: String?

    public init(problem: String, reason: String? = nil, remedy: String? = nil) {
        self.problem = problem
        self.reason = reason
        self.remedy = remedy
    }

    /// Problem and reason in one line, where there is no room for more.
    public var oneLine: String { problem + (reason.map { ": " + $0 } ?? "") }
}

/// An error that a user can act on.
///
/// Every target throws its own type; the sentence is made here and nowhere else, and decisions are made on cases.
public protocol DiagnosableError: Error, Sendable {
    var diagnosis: Diagnosis { get }
    var exitStatus: ExitStatus { get }
    /// Whether a disk is full or a quota used up, so that what could be deleted is worth telling.
    var lacksSpace: Bool { get }
}

extension DiagnosableError {
    public var lacksSpace: Bool { false }
}
