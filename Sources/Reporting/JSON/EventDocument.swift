import FoundationEssentials
import Model

/// `headgate.event/1`: one line of `run --events`.
public struct EventDocument: JSONDocument, Sendable {
    public static let noun = "event"

    public enum Event: String, Encodable, Sendable {
        case planned, started, finished, tested, note, ended
    }

    public var time: String
    public var event: Event
    /// Of `planned`: how many steps the run looks at.
    public var steps: Int?
    /// Of `started`: the step's id.
    public var id: String?
    /// Of `finished`.
    public var step: RunDocument.Step?
    /// Of `finished`, for a step that failed: the last lines of its log.
    public var lines: [String]?
    /// Of `tested`.
    public var test: RunDocument.Test?
    /// Of `note`.
    public var text: String?
    /// Of `ended`: the run's id.
    public var run: String?
    /// Of `ended`.
    public var outcome: RunOutcome?

    public init(_ event: RunEvent, at moment: Timestamp) {
        time = moment.rfc3339
        switch event {
        case .planned(let steps): (self.event, self.steps) = (.planned, steps)
        case .started(let step): (self.event, id) = (.started, step)
        case .finished(let result, let lines):
            (self.event, step) = (.finished, RunDocument.Step(result))
            if !lines.isEmpty { self.lines = lines }
        case .tested(let result): (self.event, test) = (.tested, RunDocument.Test(result))
        case .note(let text): (self.event, self.text) = (.note, text)
        }
    }

    /// The last line: how the run ended.
    public init(ended record: RunRecord, at moment: Timestamp) {
        time = moment.rfc3339
        event = .ended
        run = record.id
        outcome = record.outcome
    }
}
