/// `headgate.doctor/1`.
public struct DoctorDocument: JSONDocument, Sendable {
    public static let noun = "doctor"

    public struct Check: Encodable, Sendable {
        public enum Outcome: String, Encodable, Sendable { case passed, failed, skipped }

        public var id: String
        public var outcome: Outcome
        public var message: String
        @OrNull public var remedy: String?

        public init(id: String, outcome: Outcome, message: String, remedy: String?) {
            self.id = id
            self.outcome = outcome
            self.message = message
            _remedy = OrNull(wrappedValue: remedy)
        }
    }

    public var checks: [Check]

    public init(_ checks: [Check]) {
        self.checks = checks
    }
}
