import Model

/// `headgate.plan/1`.
public struct PlanDocument: JSONDocument, Sendable {
    public static let noun = "plan"

    public struct Step: Encodable, Sendable {
        public var id: String
        public var action: PlannedStep.Action
        public var reasons: [Reason]
    }

    public struct Reason: Encodable, Sendable {
        public var part: String
        @OrNull public var old: String?
        @OrNull public var new: String?
    }

    public var steps: [Step]

    public init(_ plan: [PlannedStep]) {
        steps = plan.map { step in
            Step(
                id: step.id, action: step.action,
                reasons: step.reasons.map {
                    Reason(part: $0.part, old: OrNull(wrappedValue: $0.old), new: OrNull(wrappedValue: $0.new))
                })
        }
    }
}

extension PlanDocument.Reason {
    fileprivate init(part: String, old: OrNull<String>, new: OrNull<String>) {
        self.part = part
        _old = old
        _new = new
    }
}
