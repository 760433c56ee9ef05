import HostSystem
import Model
import SystemPackage

/// What stands in a workspace that the commit does not have so, and which of it is accounted for.
public struct WorkspaceDifferences: Sendable {
    /// The tracked files that differ from the commit.
    public var changed: [FilePath]
    /// What Git does not track, ignored or not; of a directory without tracked files, only itself.
    public var untracked: [FilePath]
    /// Where sources, outputs and Headgate's own files stand, with all that is beneath.
    public var accounted: Set<String>
    /// Names of what tools leave behind and no step reads.
    public var debris: Set<String>

    public init(
        changed: [FilePath] = [], untracked: [FilePath] = [], accounted: Set<String> = [], debris: Set<String> = []
    ) {
        self.changed = changed
        self.untracked = untracked
        self.accounted = accounted
        self.debris = debris
    }
}

/// Looks for bystanders: files in the workspace that the commit does not have as they stand there, and that no step
/// makes. What a step made beside one that it may have read, a clean checkout might not make.
actor Bystanders {
    private let workspace: FilePath
    private let look: @Sendable () async throws -> WorkspaceDifferences
    private var known: Task<WorkspaceDifferences, any Error>?

    /// - Parameter look: asked once, when the first step has run.
    init(in workspace: FilePath, _ look: @escaping @Sendable () async throws -> WorkspaceDifferences) {
        self.workspace = workspace
        self.look = look
    }

    /// Whether there is none that the step may have read without its key telling.
    func areNone(for step: ResolvedStep) async throws -> Bool {
        let known = known ?? Task { [look] in try await look() }
        self.known = known
        let search = BystanderSearch(step: step, workspace: workspace, differences: try await known.value)
        return try await BlockingWork.run(count: 1, width: 1) { _ in try !search.findsOne() }[0]
    }
}

/// The search for one step, which ends at the first that is found.
private struct BystanderSearch: Sendable {
    private let workspace: FilePath
    private let differences: WorkspaceDifferences
    /// What the step's key tells of; `nil`: of all tracked files, and nothing else.
    private let inputs: (paths: Set<String>, patterns: [PathPattern])?

    init(step: ResolvedStep, workspace: FilePath, differences: WorkspaceDifferences) {
        self.workspace = workspace
        self.differences = differences
        inputs = step.inputs.map { inputs in
            (Set(inputs), inputs.filter(PathPattern.isPattern).map { PathPattern($0) })
        }
    }

    func findsOne() throws -> Bool {
        if inputs != nil, differences.changed.contains(where: { !isKnown($0, andAbove: true) && !isInput($0) }) {
            return true
        }
        return try differences.untracked.contains { try !isKnown($0, andAbove: true) && holdsOne($0) }
    }

    /// Whether a path, none above which is known, is or holds a bystander.
    private func holdsOne(_ path: FilePath) throws -> Bool {
        let place = workspace.pushing(path)
        guard let status = try FileSystem.status(place) else { return false }
        if status.kind != .directory { return !isInput(path) }
        return try FileSystem.list(place).contains { name in
            let child = path.appending(name)
            return try !isKnown(child) && holdsOne(child)
        }
    }

    /// Whether a path, or with `andAbove` a directory that it lies in, is accounted for or declared as an input.
    private func isKnown(_ path: FilePath, andAbove: Bool = false) -> Bool {
        let text = path.string
        if differences.accounted.contains(text) || inputs?.paths.contains(text) == true { return true }
        if let name = path.lastComponent, differences.debris.contains(name.string) { return true }
        let parent = path.removingLastComponent()
        return andAbove && !parent.isEmpty && isKnown(parent, andAbove: true)
    }

    private func isInput(_ file: FilePath) -> Bool {
        inputs?.patterns.contains { $0.matches(file.string) } == true
    }
}
