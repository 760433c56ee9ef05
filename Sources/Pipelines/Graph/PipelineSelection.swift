/// Which steps a command is about.
public struct PipelineSelection: Sendable, Hashable {
    /// Ids of steps, or names of groups; empty means all steps.
    public var names: [String]
    /// Whether the steps that the named ones depend on belong to it.
    public var includesDependencies: Bool

    public init(names: [String] = [], includesDependencies: Bool = true) {
        self.names = names
        self.includesDependencies = includesDependencies
    }

    /// All steps.
    public static let all = PipelineSelection()
}
