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
    private var known: Task<BystanderPlaces, any Error>?
    /// The one that was found last: what one step may have read, most others may have read as well.
    private var last: FilePath?

    /// - Parameter look: asked once, when the first step has run.
    init(in workspace: FilePath, _ look: @escaping @Sendable () async throws -> WorkspaceDifferences) {
        self.workspace = workspace
        self.look = look
    }

    /// Whether there is none that the step may have read without its key telling.
    func areNone(for step: ResolvedStep) async throws -> Bool {
        let known = known ?? Task { [look, workspace] in try BystanderPlaces(await look(), in: workspace) }
        self.known = known
        let search = BystanderSearch(step: step, places: try await known.value, workspace: workspace)
        if search.isEmpty { return true }
        if let last, search.counts(last) { return false }
        guard let found = try await BlockingWork.run(count: 1, width: 1, { _ in try search.first() })[0] else {
            return true
        }
        last = found
        return false
    }
}

/// Where bystanders are, if there are any.
private struct BystanderPlaces: Sendable {
    /// Tracked files that differ from the commit.
    private(set) var changed: [FilePath]
    /// Untracked files, and directories in which nothing is accounted for.
    private(set) var untracked: [FilePath] = []
    let debris: Set<String>

    init(_ differences: WorkspaceDifferences, in workspace: FilePath) throws {
        debris = differences.debris
        let accounted = differences.accounted
        changed = differences.changed.filter { !$0.andAbove.contains { accounted.contains($0.string) } }
        let holdsAccounted = Set(accounted.flatMap { FilePath($0).removingLastComponent().andAbove.map(\.string) })
        // Each with nothing accounted for above it.
        var open = differences.untracked.filter { path in
            !path.andAbove.contains { accounted.contains($0.string) || isDebris($0) }
        }
        while let path = open.popLast() {
            guard holdsAccounted.contains(path.string), FileSystem.isDirectory(workspace.pushing(path)) else {
                untracked.append(path)
                continue
            }
            for name in try FileSystem.list(workspace.pushing(path)) {
                let child = path.appending(name)
                if !accounted.contains(child.string), !isDebris(child) { open.append(child) }
            }
        }
    }

    func isDebris(_ path: FilePath) -> Bool { path.lastComponent.map { debris.contains($0.string) } ?? false }
}

/// The search for one step, which ends at the first that is found.
private struct BystanderSearch: Sendable {
    private let places: BystanderPlaces
    private let workspace: FilePath
    /// What the step's key tells of; `nil`: of all tracked files, and nothing else.
    private let inputs: (paths: Set<String>, patterns: [PathPattern])?

    init(step: ResolvedStep, places: BystanderPlaces, workspace: FilePath) {
        self.places = places
        self.workspace = workspace
        inputs = step.inputs.map { inputs in
            (Set(inputs), inputs.filter(PathPattern.isPattern).map { PathPattern($0) })
        }
    }

    var isEmpty: Bool { places.untracked.isEmpty && (inputs == nil || places.changed.isEmpty) }

    func first() throws -> FilePath? {
        if inputs != nil, let changed = places.changed.first(where: counts) { return changed }
        for place in places.untracked where !place.andAbove.contains(where: isDeclared) {
            if let found = try first(in: place) { return found }
        }
        return nil
    }

    /// Whether a file that is one for some step is one for this.
    func counts(_ file: FilePath) -> Bool {
        if inputs == nil, places.changed.contains(file) { return false }
        return !isInput(file) && !file.andAbove.contains(where: isDeclared)
    }

    /// The first at or beneath a path; neither it nor anything above it is declared.
    private func first(in path: FilePath) throws -> FilePath? {
        let place = workspace.pushing(path)
        guard let status = try FileSystem.status(place) else { return nil }
        if status.kind != .directory { return isInput(path) ? nil : path }
        for name in try FileSystem.list(place) {
            let child = path.appending(name)
            if !isDeclared(child), !places.isDebris(child), let found = try first(in: child) { return found }
        }
        return nil
    }

    private func isDeclared(_ path: FilePath) -> Bool { inputs?.paths.contains(path.string) == true }

    private func isInput(_ file: FilePath) -> Bool {
        inputs?.patterns.contains { $0.matches(file.string) } == true
    }
}

extension FilePath {
    /// This relative path and the directories that it lies in.
    fileprivate var andAbove: [FilePath] {
        var paths: [FilePath] = []
        var path = self
        while !path.isEmpty {
            paths.append(path)
            path.removeLastComponent()
        }
        return paths
    }
}
