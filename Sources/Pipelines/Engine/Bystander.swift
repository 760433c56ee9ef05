import Model
import SystemPackage

/// A file in the workspace that the commit does not have as it stands there, and that no step makes.
public struct Bystander: Hashable, Sendable {
    /// Relative to the workspace.
    public var path: String
    /// Whether Git tracks it, so that it counts for a step that declares no inputs.
    public var isTracked: Bool

    public init(path: String, isTracked: Bool) {
        self.path = path
        self.isTracked = isTracked
    }

    /// Whether a step may read it without its key telling.
    func isHidden(from step: ResolvedStep) -> Bool {
        guard let inputs = step.inputs else { return !isTracked }
        return !inputs.contains { input in
            path == input || path.hasPrefix(input + "/") || PathPattern(input).matches(path)
        }
    }
}

/// The bystanders of one run, looked for when the first step runs.
actor Bystanders {
    private let look: @Sendable () async throws -> [Bystander]
    private var search: Task<[Bystander], any Error>?

    init(_ look: @escaping @Sendable () async throws -> [Bystander]) {
        self.look = look
    }

    func hidden(from step: ResolvedStep) async throws -> [Bystander] {
        let search = search ?? Task { [look] in try await look() }
        self.search = search
        return try await search.value.filter { $0.isHidden(from: step) }
    }
}
