import Model

/// The steps of a pipeline joined by their files and by `needs`: checked, without cycles.
public struct PipelineGraph: Sendable {
    public let pipeline: ResolvedPipeline
    public let sources: [SourceMount]

    /// Joins the steps.
    ///
    /// - Throws: `PipelineError` for a cycle, two steps with the same output, an output inside a read-only source, a
    ///   path that leaves the workspace, and a `needs` that names nothing. That a file input exists is checked
    ///   against the workspace when steps are planned or run.
    public init(_ pipeline: ResolvedPipeline, sources: [SourceMount] = []) throws(PipelineError) {
        self.pipeline = pipeline
        self.sources = sources
    }

    /// Returns the ids of the selected steps, each after all it depends on.
    ///
    /// - Throws: `PipelineError.unknownStep`.
    public func steps(_ selection: PipelineSelection) throws(PipelineError) -> [String] { [] }

    /// Returns the ids of steps by name of step or group, each after all it depends on; no names means all steps.
    public func steps(named names: [String], includingDependencies: Bool) throws(PipelineError) -> [String] {
        try steps(PipelineSelection(names: names, includesDependencies: includingDependencies))
    }

    /// Returns the ids of the named steps and of all steps after them.
    public func descendants(of names: [String]) throws(PipelineError) -> [String] { [] }

    /// The step of that id, or `nil`.
    public func step(_ id: String) -> ResolvedStep? { nil }

    /// The ids of the steps that the step of that id depends on directly.
    public func dependencies(of id: String) -> [String] { [] }

    /// The names of the sources that a step reads.
    public func sources(of id: String) -> [String] { [] }
}
