import HostSystem
import Model
import Persistence
import SystemPackage

/// What is known of the selected steps and their files at one moment: which keys they have, and what they did last.
///
/// Files that no selected step makes are read once, all together. What steps make is learned as it comes to be, on the
/// disk (`run`) or in thought (`plan`).
struct Evaluation: Sendable {
    let context: PipelineContext
    let graph: PipelineGraph
    let reader: FileReader
    /// The selected steps by number, each after those it depends on.
    let selected: [Int]
    let isSelected: [Bool]
    private(set) var memory: [String: StepMemory]
    private var keys: StepKeyMaker
    /// Fingerprints of the sources that stand in keys as a whole, by number.
    private var fingerprints: [Int: String] = [:]
    /// What stands where; `nil` where nothing does.
    private var known: [WorkspacePath: Snapshot?] = [:]
    /// The matches of patterns that no step's output can match.
    private var matches: [String: [WorkspacePath]] = [:]
    /// The directories in which patterns were looked for.
    private var patternDirectories: [RunIndex.Place] = []
    /// When the first file was looked at.
    let began: Timestamp
    /// What the images of container steps are, by name.
    private var images: [String: String] = [:]
    /// For each selected step, how its inputs get their values.
    private var origins: [Int: [Origin]] = [:]
    /// All tracked files, on which steps without declared inputs depend.
    private var tracked: FileList?

    /// How an input gets its value.
    enum Origin: Sendable {
        case outside
        /// It is, or lies in, one output of this step.
        case made(by: Int, output: WorkspacePath)
        /// A directory or pattern that covers outputs of these steps; with none, a place that steps before may change.
        case mixed([OutputIndex.Output])
    }

    /// Reads all that may be read before any step runs.
    ///
    /// - Throws: `PipelineError.missingInput` and what reading throws.
    init(_ context: PipelineContext, _ selection: PipelineSelection, setup: String?, width: Int) async throws {
        began = SystemClock.now()
        self.context = context
        graph = context.graph
        reader = FileReader(
            workspace: context.workspace, graph: context.graph, hashCache: context.hashCache, width: width)
        selected = try graph.numbers(of: selection)
        isSelected = graph.reach(from: selected, by: [])
        memory = try context.store.stepMemory(of: context.workspaceKey)
        keys = StepKeyMaker(pipeline: graph.pipeline, platform: context.platform, setup: setup)
        for step in selected { origins[step] = graph.inputs[step]?.map { origin(of: $0, step) } }
        try checkSources()
        try await readOutside()
        try await readSources()
        try await readTracked()
        try await checkInputs()
        images = try await ContainerImages(context).digests(of: selected.compactMap { graph.pipeline.steps[$0].image })
    }

    // MARK: - Reading

    private func checkSources() throws {
        for step in selected {
            for number in graph.sourcesRead[step] {
                let source = graph.sources[number]
                if source.path != nil, !source.isWritable, source.realPath == nil {
                    throw PipelineError.sourceNotPinned(source.name)
                }
            }
        }
    }

    private mutating func readOutside() async throws {
        var paths: Set<WorkspacePath> = []
        for step in selected {
            for (input, origin) in inputs(of: step) {
                guard case .outside = origin else { continue }
                switch input.kind {
                case .path(let path): paths.insert(path)
                case .pattern(let pattern):
                    if matches[pattern.text] != nil { continue }
                    let found = try reader.expand(pattern)
                    matches[pattern.text] = found.matches
                    patternDirectories += found.directories
                    paths.formUnion(found.matches)
                }
            }
        }
        try await read(Array(paths), followingLinks: true)
        try await read(selected.flatMap { graph.outputs[$0] }, followingLinks: false)
        for step in selected {
            if let error = graph.misjudged(graph.outputs[step].compactMap { snapshot(at: $0) }, of: step) {
                throw error
            }
        }
    }

    /// What is known of paths, as it stands in keys.
    func values(of paths: [WorkspacePath]) -> [WorkspacePath: String] {
        Dictionary(paths.compactMap { path in (known[path] ?? nil).map { (path, $0.value) } }) { first, _ in first }
    }

    private mutating func read(_ paths: [WorkspacePath], followingLinks: Bool) async throws {
        let snapshots = try await reader.snapshots(
            of: paths, followingLinks: followingLinks, recalling: context.earlier)
        for (path, snapshot) in zip(paths, snapshots) { known[path] = snapshot }
    }

    private mutating func readSources() async throws {
        for number in Set(selected.flatMap { graph.sourcesNeeded[$0] }) {
            let source = graph.sources[number]
            if let pin = source.pin, !source.isWritable {
                fingerprints[number] = pin.fingerprint.hex + (source.clone.map { " in " + $0 } ?? "")
            } else if let path = graph.sourcePaths[number] {
                fingerprints[number] = try await reader.snapshots(of: [path])[0]?.value ?? "nothing"
            } else {
                throw PipelineError.sourceNotPinned(source.name)
            }
        }
    }

    private mutating func readTracked() async throws {
        guard selected.contains(where: { graph.inputs[$0] == nil }) else { return }
        let all = try await context.trackedFiles().map { WorkspacePath($0) }
        try UndeclaredPrograms(workspace: context.workspace).check(all, graph, isSelected: isSelected)
        let files = all.filter { file in
            graph.index.output(covering: file) == nil
                && !graph.sourcePaths.contains { $0.map { file.isAtOrBeneath($0) } == true }
        }
        var parts: [StepKey.Part] = []
        for (path, snapshot) in zip(files, try await reader.snapshots(of: files)) {
            if let snapshot { parts.append(StepKey.Part(path.text, snapshot.value)) }
        }
        parts.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        tracked = FileList(parts)
    }

    private func checkInputs() async throws {
        for step in selected {
            for (input, origin) in inputs(of: step) {
                guard case .outside = origin else { continue }
                let isThere =
                    switch input.kind {
                    case .path(let path): known[path].flatMap { $0 } != nil
                    case .pattern(let pattern): matches[pattern.text]?.isEmpty == false
                    }
                if !isThere {
                    let place = PipelineError.Place(graph.pipeline.steps[step])
                    guard case .path(let path) = input.kind,
                        let file = try await context.trackedFiles().first(where: {
                            WorkspacePath($0).isAtOrBeneath(path)
                        })
                    else { throw PipelineError.missingInput(input.text, place) }
                    var leftOut: String?
                    if try await context.isLeftOut(file) {
                        // A file at the top has no directory that could be added.
                        let folder = WorkspacePath(file) == path ? path.parent : path
                        leftOut = folder.isRoot ? "/" + path.text : folder.text
                    }
                    throw PipelineError.inputNotCheckedOut(input.text, place, leftOut: leftOut)
                }
            }
        }
    }

    /// The declared inputs of a step, each with how it gets its value.
    private func inputs(of step: Int) -> Zip2Sequence<[StepInput], [Origin]> {
        zip(graph.inputs[step] ?? [], origins[step] ?? [])
    }

    private func origin(of input: StepInput, _ step: Int) -> Origin {
        let awaited = Set(graph.dependencies[step])
        let outputs = graph.index.outputs(readBy: input) {
            OutputIndex.isFile($0, to: step, awaiting: awaited)
        }.filter { isSelected[$0.step] }
        if outputs.isEmpty { return mayBeChanged(input, before: step) ? .mixed([]) : .outside }
        if case .path(let path) = input.kind, outputs.count == 1, path.isAtOrBeneath(outputs[0].path) {
            return .made(by: outputs[0].step, output: outputs[0].path)
        }
        return .mixed(outputs)
    }

    /// Whether an input lies in a writable source, which steps before this one may change without declaring it.
    private func mayBeChanged(_ input: StepInput, before step: Int) -> Bool {
        guard graph.dependencies[step].contains(where: { isSelected[$0] }) else { return false }
        return graph.sourcesRead[step].contains { number in
            graph.sources[number].isWritable && graph.sourcePaths[number].map { input.reads($0) } == true
        }
    }

    /// All that keys and decisions were made of so far, mixed inputs apart; `nil` when that cannot be told, as with
    /// tracked files, of which Git knows when there are new ones.
    var seen: (directories: [RunIndex.Directory], places: [RunIndex.Place])? {
        // Which image a name stands for only the engine can tell.
        if !images.isEmpty || tracked != nil || selected.count != graph.pipeline.steps.count { return nil }
        let isWhole = selected.allSatisfy { step in
            graph.sourcesNeeded[step].allSatisfy { graph.sources[$0].pin != nil && !graph.sources[$0].isWritable }
        }
        guard isWhole else { return nil }
        var directories: [RunIndex.Directory] = []
        var places = patternDirectories
        for case let snapshot? in known.values {
            if let directory = reader.directory(snapshot) {
                directories.append(directory)
            } else {
                guard let more = reader.places(of: snapshot) else { return nil }
                places += more
            }
        }
        return (directories, places)
    }

    // MARK: - Learning

    /// Takes note of what a step's outputs are now.
    mutating func learn(_ snapshots: [Snapshot]) {
        for snapshot in snapshots { known[snapshot.path] = snapshot }
    }

    /// Takes note that a step's outputs are not known: it would run, or it failed.
    mutating func forget(outputsOf step: Int) {
        for path in graph.outputs[step] { known[path] = nil as Snapshot?? }
    }

    /// Returns what stands at the outputs of a step, or `nil` when one of them is missing.
    func outputs(of step: Int) -> [Snapshot]? {
        var snapshots: [Snapshot] = []
        for path in graph.outputs[step] {
            guard let snapshot = known[path].flatMap({ $0 }) else { return nil }
            snapshots.append(snapshot)
        }
        return snapshots
    }

    /// What is known to stand at a path, or `nil`.
    func snapshot(at path: WorkspacePath) -> Snapshot? { known[path].flatMap { $0 } }

    /// Returns the directories and patterns that must be read from the disk before the step's key can be made.
    func mixedInputs(of step: Int) -> [(input: StepInput, outputs: [OutputIndex.Output])] {
        inputs(of: step).compactMap { input, origin in
            if case .mixed(let outputs) = origin { (input, outputs) } else { nil }
        }
    }

    // MARK: - Keys

    /// The parts of a step's key, and which inputs are not known before another step has run.
    struct KeyParts: Sendable {
        var parts: [StepKey.Part]
        var unknown: [String]
        /// The lists behind parts, for `why`.
        var lists: [FileList]
        /// All that the step declares to read; `nil` where it declares nothing.
        var readable: [WorkspacePath]?

        /// `nil` while an input is not known.
        var key: StepKey? { unknown.isEmpty ? StepKey(parts) : nil }
    }

    /// Makes the key of a step from what is known.
    ///
    /// - Parameter mixed: what was read of the step's mixed inputs, by their text; `nil` where it cannot be known yet.
    func keyParts(of number: Int, mixed: [String: [Snapshot]?] = [:]) -> KeyParts {
        let step = graph.pipeline.steps[number]
        var inputs = ReadInputs()
        if graph.inputs[number] != nil {
            for (input, origin) in self.inputs(of: number) { add(input, origin, mixed, to: &inputs) }
        } else if let tracked {
            inputs.inputs.append(KeyInput(name: ".", value: tracked.value))
            inputs.lists.append(tracked)
            // Without declared inputs, whatever a step before it made may be read as well.
            for dependency in graph.dependencies[number] where isSelected[dependency] {
                for path in graph.outputs[dependency] {
                    inputs.inputs.append(KeyInput(name: path.text, value: snapshot(at: path)?.value))
                }
            }
        }
        let sources = graph.sourcesNeeded[number].map { (graph.sources[$0].name, fingerprints[$0] ?? "") }
        let parts = keys.parts(
            of: step, isolation: isolation(of: step), image: step.image.map { images[$0] ?? $0 }, sources: sources,
            inputs: inputs.inputs)
        return KeyParts(
            parts: parts, unknown: inputs.inputs.filter { $0.value == nil }.map(\.name), lists: inputs.lists,
            readable: graph.inputs[number] == nil ? nil : inputs.paths)
    }

    /// The inputs of one step as they are read.
    private struct ReadInputs {
        var inputs: [KeyInput] = []
        var lists: [FileList] = []
        var paths: [WorkspacePath] = []

        mutating func add(_ snapshot: Snapshot?, at path: WorkspacePath) {
            inputs.append(KeyInput(name: path.isRoot ? "." : path.text, value: snapshot?.value))
            guard let snapshot else { return }
            paths.append(path)
            if snapshot.root.kind == .directory { lists.append(FileList(directory: snapshot)) }
        }

        mutating func add(_ snapshots: [Snapshot], of pattern: String) {
            if snapshots.count <= Evaluation.matchesNamedEach, !snapshots.isEmpty {
                for snapshot in snapshots { add(snapshot, at: snapshot.path) }
            } else {
                let list = FileList(snapshots)
                inputs.append(KeyInput(name: pattern, value: list.value))
                lists.append(list)
                paths += snapshots.map(\.path)
            }
        }
    }

    private func add(
        _ input: StepInput, _ origin: Origin, _ mixed: [String: [Snapshot]?], to inputs: inout ReadInputs
    ) {
        switch (origin, input.kind) {
        case (.outside, .path(let path)):
            inputs.add(snapshot(at: path), at: path)
        case (.outside, .pattern(let pattern)):
            inputs.add((matches[pattern.text] ?? []).compactMap { snapshot(at: $0) }, of: pattern.text)
        case (.made(_, let output), .path(let path)):
            inputs.add(snapshot(at: output)?.at(path), at: path)
        case (_, .path(let path)):
            inputs.add(mixed[input.text].flatMap { $0 }?.first, at: path)
        case (_, .pattern(let pattern)):
            if let found = mixed[input.text].flatMap({ $0 }) {
                inputs.add(found, of: pattern.text)
            } else {
                inputs.inputs.append(KeyInput(name: pattern.text, value: nil))
            }
        }
    }

    /// Up to this many matches of a pattern are parts of their own; more are one part with a list behind it.
    fileprivate static let matchesNamedEach = 64

    /// The level at which a step runs: what it asks for, as far as this machine can.
    func isolation(of step: ResolvedStep) -> IsolationLevel {
        if step.image != nil { return .container }
        let level = step.isolation ?? context.isolation
        return context.sandbox == nil && level != .container ? .process : level
    }
}
