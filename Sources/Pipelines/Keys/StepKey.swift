import Model

/// What decides whether a step must run again.
///
/// Two runs of a step with equal keys make the same outputs, as far as the step declares what it reads.
public struct StepKey: Sendable, Hashable {
    /// One thing that the key is made of.
    public struct Part: Sendable, Hashable {
        /// Such as `command`, `param:month`, `input:clean.py`. Source: `headgate plan --json`.
        public var name: String
        /// A hash or a short text; never a secret.
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public let hash: ContentHash
    /// In the order in which differences are shown.
    public let parts: [Part]
}
