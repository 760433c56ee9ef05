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
        ReadPaths(step.inputs).miss(self)
    }
}

/// What a step declares to read, taken apart once.
private struct ReadPaths {
    /// `nil`: all tracked files.
    private let inputs: [(path: String, directory: String, pattern: PathPattern?)]?

    init(_ inputs: [String]?) {
        self.inputs = inputs?.map { ($0, $0 + "/", PathPattern.isPattern($0) ? PathPattern($0) : nil) }
    }

    /// Whether a bystander is none of it.
    func miss(_ bystander: Bystander) -> Bool {
        guard let inputs else { return !bystander.isTracked }
        return !inputs.contains { path, directory, pattern in
            bystander.path == path || bystander.path.hasPrefix(directory) || pattern?.matches(bystander.path) == true
        }
    }
}

/// The bystanders of one run, looked for when the first step runs.
actor Bystanders {
    private let look: @Sendable () async throws -> [Bystander]
    private var search: Task<[Bystander], any Error>?
    /// By what a step declares to read; thousands of steps may declare the same.
    private var answers: [[String]?: Bool] = [:]

    init(_ look: @escaping @Sendable () async throws -> [Bystander]) {
        self.look = look
    }

    /// Whether there is none that the step may read without its key telling.
    func areKnown(to step: ResolvedStep) async throws -> Bool {
        if let answer = answers[step.inputs] { return answer }
        let search = search ?? Task { [look] in try await look() }
        self.search = search
        let read = ReadPaths(step.inputs)
        let answer = try await !search.value.contains { read.miss($0) }
        answers[step.inputs] = answer
        return answer
    }
}
