import HostSystem
import Model
import SystemPackage

/// The steps of a pipeline joined by their files and by `needs`: checked, without cycles.
///
/// Building it takes time in proportion to the number of inputs and outputs: outputs are found by path, by the
/// directories above a path, and by the beginning of a path in a sorted list.
public struct PipelineGraph: Sendable {
    public let pipeline: ResolvedPipeline
    public let sources: [SourceMount]

    /// By number of step, as are all arrays below. `nil`: undeclared.
    let inputs: [[StepInput]?]
    let outputs: [[WorkspacePath]]
    /// The steps that a step waits for, ascending.
    let dependencies: [[Int]]
    let dependents: [[Int]]
    /// The sources that a step reads, by number, ascending.
    let sourcesRead: [[Int]]
    /// The sources that stand in a step's key as a whole: those it names in `needs`, or all for undeclared inputs.
    let sourcesNeeded: [[Int]]
    /// All steps, each after those it depends on, else in the order of the file.
    let order: [Int]
    let index: OutputIndex
    /// Outputs that a pattern would read if they were directories, which their names do not say.
    let assumedFiles: [WorkspacePath: Reader]
    /// By number of source; `nil` for what has no place in the file system.
    let sourcePaths: [WorkspacePath?]
    let numbers: [String: Int]
    let groups: [String: [Int]]

    /// The folders that stand in for the workspace, each at the path of a writable source.
    var standIns: [(path: WorkspacePath, folder: FilePath)] {
        zip(sources, sourcePaths).compactMap { source, path in
            guard let path, let folder = source.standIn else { return nil }
            return (path, folder)
        }
    }

    /// The environment's own copies of writable sources, each over the live data that stands at its path in a workspace.
    public func ownCopyMounts(in workspace: FilePath) -> [SandboxSpecification.Mount] {
        zip(sources, sourcePaths).compactMap { source, path in
            guard let path, let copy = source.realPath, source.standIn != nil else { return nil }
            return .init(source: copy, target: workspace.appending(path))
        }
    }

    /// A step, by number, with one of its inputs as declared.
    struct Reader: Sendable {
        let step: Int
        let input: String
    }

    /// Joins the steps.
    ///
    /// - Throws: `PipelineError` for a cycle, two steps with the same output, an output inside a read-only source, a
    ///   path that leaves the workspace, and a `needs` that names nothing. That a file input exists is checked
    ///   against the workspace when steps are planned or run.
    public init(_ pipeline: ResolvedPipeline, sources: [SourceMount] = []) throws(PipelineError) {
        let builder = try PipelineGraphBuilder(pipeline, sources)
        self.pipeline = pipeline
        self.sources = sources
        inputs = builder.inputs
        outputs = builder.outputs
        dependencies = builder.dependencies
        dependents = builder.dependents()
        sourcesRead = builder.sourcesRead
        sourcesNeeded = builder.sourcesNeeded
        order = try builder.order()
        index = builder.index
        assumedFiles = builder.assumedFiles
        sourcePaths = builder.sourcePaths
        numbers = builder.numbers
        groups = builder.groups
    }

    /// Returns the ids of the selected steps, each after all it depends on.
    ///
    /// - Throws: `PipelineError.unknownStep`.
    public func steps(_ selection: PipelineSelection = .all) throws(PipelineError) -> [String] {
        try numbers(of: selection).map { pipeline.steps[$0].id }
    }

    /// Returns the ids of steps by name of step or group, each after all it depends on; no names means all steps.
    public func steps(named names: [String], includingDependencies: Bool) throws(PipelineError) -> [String] {
        try steps(PipelineSelection(names: names, includesDependencies: includingDependencies))
    }

    /// Returns the ids of the named steps and of all steps after them.
    public func descendants(of names: [String]) throws(PipelineError) -> [String] {
        let reached = reach(from: try numbers(named: names), by: dependents)
        return order.filter { reached[$0] }.map { pipeline.steps[$0].id }
    }

    /// The step of that id, or `nil`.
    public func step(_ id: String) -> ResolvedStep? { numbers[id].map { pipeline.steps[$0] } }

    /// The ids of the steps that the step of that id depends on directly.
    public func dependencies(of id: String) -> [String] {
        numbers[id].map { dependencies[$0].map { pipeline.steps[$0].id } } ?? []
    }

    /// The names of the sources that a step reads.
    public func sources(of id: String) -> [String] {
        numbers[id].map { sourcesRead[$0].map { sources[$0].name } } ?? []
    }

    /// The first of `snapshots` that is a directory although the graph took it for a file.
    func misjudged(_ snapshots: some Sequence<Snapshot>, of step: Int) -> PipelineError? {
        if assumedFiles.isEmpty { return nil }
        for snapshot in snapshots where snapshot.root.kind == .directory {
            guard let reader = assumedFiles[snapshot.path] else { continue }
            if reader.step == step {
                let place = PipelineError.Place(pipeline.steps[step])
                return .readsOwnOutput(input: reader.input, output: snapshot.path.text, place)
            }
            return .directoryNotDeclared(
                snapshot.path.text, PipelineError.Place(pipeline.steps[step]), input: reader.input,
                PipelineError.Place(pipeline.steps[reader.step]))
        }
        return nil
    }

    func numbers(of selection: PipelineSelection) throws(PipelineError) -> [Int] {
        if selection.names.isEmpty { return order }
        let named = try numbers(named: selection.names)
        let chosen: [Bool]
        if selection.includesDependencies {
            chosen = reach(from: named, by: dependencies)
        } else {
            chosen = reach(from: named, by: [])
        }
        return order.filter { chosen[$0] }
    }

    func numbers(named names: [String]) throws(PipelineError) -> [Int] {
        var found: [Int] = []
        for name in names {
            if let number = numbers[name] {
                found.append(number)
            } else if let group = groups[name] {
                found += group
            } else {
                throw .unknownStep(name, similar: closest(to: name, among: Array(numbers.keys) + Array(groups.keys)))
            }
        }
        return found
    }

    /// For each step the length of the longest chain of work that begins with it, where `weight` is its own length.
    func remainingLengths(weight: (Int) -> Double) -> [Double] {
        var lengths = [Double](repeating: 0, count: pipeline.steps.count)
        for step in order.reversed() {
            lengths[step] = weight(step) + (dependents[step].map { lengths[$0] }.max() ?? 0)
        }
        return lengths
    }

    /// Marks `start` and all that its edges lead to; without edges, `start` alone.
    func reach(from start: [Int], by edges: [[Int]]) -> [Bool] {
        var reached = [Bool](repeating: false, count: pipeline.steps.count)
        var waiting = start
        while let step = waiting.popLast() {
            if reached[step] { continue }
            reached[step] = true
            if !edges.isEmpty { waiting += edges[step] }
        }
        return reached
    }
}

/// Returns the candidate with the fewest edits from `name`, if they are few.
func closest(to name: String, among candidates: [String]) -> String? {
    let limit = max(2, name.utf8.count / 3)
    let distances = candidates.map { (editDistance(Array(name.utf8), Array($0.utf8)), $0) }
    return distances.filter { $0.0 <= limit }.min { $0 < $1 }?.1
}

private func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var row = Array(0...other.count)
    for (i, byte) in one.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in other.indices {
            let replaced = diagonal + (byte == other[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[other.count]
}
