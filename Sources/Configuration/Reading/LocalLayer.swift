import Model

/// What `headgate.local.yaml` says: this machine's own settings, ignored by Git.
public struct LocalLayer: Hashable, Sendable, Codable {
    /// Put over the parameters of the environment's rule; typed as written, checked when resolved.
    public var parameters: [String: ParameterValue]
    /// Source → where it lives on this machine.
    public var locations: [String: String]
    /// Put over the variables of the environment's rule; may hold placeholders.
    public var variables: [String: String]
    /// The file it was read from, for messages.
    public var file: String

    public init(
        parameters: [String: ParameterValue] = [:], locations: [String: String] = [:],
        variables: [String: String] = [:],
        file: String = "headgate.local.yaml"
    ) {
        self.parameters = parameters
        self.locations = locations
        self.variables = variables
        self.file = file
    }

    /// Whether the file changes nothing, so that a run may still count as a verdict.
    public var isEmpty: Bool { parameters.isEmpty && locations.isEmpty && variables.isEmpty }
}
