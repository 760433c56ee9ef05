import Model

/// The last success of a step in one workspace.
public struct StepMemory: Hashable, Sendable {
    /// The step's id, such as `train[seed=2]`.
    public var step: String
    public var key: ContentHash
    /// Hash of all outputs (paths and contents); `nil` for a step without outputs.
    public var outputs: ContentHash?
    /// How long the command took.
    public var seconds: Double
    public var finished: Timestamp
    /// The writable sources that the step changed, each with the name of the copy that it did so in.
    public var changedCopies: [String: String]

    public init(
        step: String, key: ContentHash, outputs: ContentHash?, seconds: Double, finished: Timestamp,
        changedCopies: [String: String] = [:]
    ) {
        self.step = step
        self.key = key
        self.outputs = outputs
        self.seconds = seconds
        self.finished = finished
        self.changedCopies = changedCopies
    }
}
