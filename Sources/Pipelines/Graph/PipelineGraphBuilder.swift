import Model

/// Reads the declarations of all steps and joins them.
struct PipelineGraphBuilder {
    let steps: [ResolvedStep]
    let sources: [SourceMount]
    private(set) var inputs: [[StepInput]?] = []
    private(set) var outputs: [[WorkspacePath]] = []
    private(set) var dependencies: [[Int]] = []
    private(set) var sourcesRead: [[Int]] = []
    private(set) var sourcesNeeded: [[Int]] = []
    private(set) var index = OutputIndex()
    /// Outputs taken for files, of which it matters that they are none but directories: by path, with who would read them.
    private(set) var assumedFiles: [WorkspacePath: PipelineGraph.Reader] = [:]
    private(set) var sourcePaths: [WorkspacePath?] = []
    private(set) var numbers: [String: Int] = [:]
    private(set) var groups: [String: [Int]] = [:]
    private var sourceNumbers: [String: Int] = [:]

    init(_ pipeline: ResolvedPipeline, _ sources: [SourceMount]) throws(PipelineError) {
        steps = pipeline.steps
        self.sources = sources
        for (number, source) in sources.enumerated() {
            sourceNumbers[source.name] = number
            sourcePaths.append(source.path.flatMap { WorkspacePath(declared: $0) })
        }
        try readNames()
        try readOutputs()
        try readInputs()
        for number in steps.indices { try join(number) }
    }

    private mutating func readNames() throws(PipelineError) {
        for (number, step) in steps.enumerated() {
            if let other = numbers[step.id] { throw .duplicateStep(place(other), place(number)) }
            numbers[step.id] = number
            groups[step.group, default: []].append(number)
        }
    }

    private mutating func readOutputs() throws(PipelineError) {
        for (number, step) in steps.enumerated() {
            var paths: [WorkspacePath] = []
            for text in step.outputs {
                guard let path = WorkspacePath(declared: text), !path.isRoot else {
                    throw .pathNotAllowed(text, place(number))
                }
                if text.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) {
                    throw .outputIsPattern(text, place(number))
                }
                if let other = index.insert(path, of: number) {
                    throw .duplicateOutput(text, place(other), place(number))
                }
                try check(path, text, of: number)
                if !paths.contains(path) { paths.append(path) }
            }
            outputs.append(paths)
        }
        index.finish()
        try checkNesting()
    }

    /// An output may have been declared before the directory above it was.
    private func checkNesting() throws(PipelineError) {
        for (number, paths) in outputs.enumerated() {
            for path in paths {
                for ancestor in path.ancestors {
                    if let other = index.step(writing: ancestor), other != number {
                        throw .duplicateOutput(path.text, place(number), place(other))
                    }
                }
            }
        }
    }

    private func check(_ output: WorkspacePath, _ text: String, of step: Int) throws(PipelineError) {
        for (number, path) in sourcePaths.enumerated() {
            guard let path, !sources[number].isWritable || path.isAtOrBeneath(output) else { continue }
            if output.isAtOrBeneath(path) || path.isAtOrBeneath(output) {
                throw .outputInSource(output: text, place(step), source: sources[number].name, path: path.text)
            }
        }
    }

    private mutating func readInputs() throws(PipelineError) {
        for (number, step) in steps.enumerated() {
            guard let declared = step.inputs else {
                inputs.append(nil)
                continue
            }
            var read: [StepInput] = []
            for text in declared {
                guard let path = WorkspacePath(declared: text) else { throw .pathNotAllowed(text, place(number)) }
                // What a step makes is a name, whatever characters it holds.
                let isPattern = PathPattern.isPattern(text) && index.output(covering: path) == nil
                let kind =
                    isPattern
                    ? StepInput.Kind.pattern(PathPattern(String(decoding: path.bytes, as: UTF8.self))) : .path(path)
                read.append(StepInput(text: text, kind: kind))
            }
            inputs.append(read)
        }
    }

    private mutating func join(_ number: Int) throws(PipelineError) {
        var edges: Set<Int> = []
        var read: Set<Int> = []
        var needed: Set<Int> = []
        for need in steps[number].needs {
            if let step = numbers[need] {
                edges.insert(step)
            } else if let group = groups[need] {
                edges.formUnion(group)
            } else if let source = sourceNumbers[need] {
                needed.insert(source)
            } else {
                let names = Array(numbers.keys) + Array(sourceNumbers.keys)
                throw .unknownNeed(need, place(number), similar: closest(to: need, among: names))
            }
        }
        if edges.contains(number) { throw .cycle([place(number)]) }
        let isFile = { [edges] in OutputIndex.isFile($0, to: number, awaiting: edges) }
        if let declared = inputs[number] {
            for input in declared {
                for output in index.outputs(readBy: input, isFile: isFile) {
                    if output.step == number {
                        throw .readsOwnOutput(input: input.text, output: output.path.text, place(number))
                    }
                    edges.insert(output.step)
                }
                if case .pattern(let pattern) = input.kind {
                    for output in index.outputs(takenForFilesBy: pattern, isFile: isFile) {
                        assumedFiles[output.path] = PipelineGraph.Reader(step: number, input: input.text)
                    }
                }
                for (source, path) in sourcePaths.enumerated() where path.map({ input.reads($0) }) == true {
                    read.insert(source)
                }
            }
        } else {
            needed.formUnion(sources.indices)
        }
        dependencies.append(edges.sorted())
        sourcesNeeded.append(needed.sorted())
        sourcesRead.append(read.union(needed).sorted())
    }

    private func place(_ step: Int) -> PipelineError.Place { PipelineError.Place(steps[step]) }

    func dependents() -> [[Int]] {
        var dependents = [[Int]](repeating: [], count: steps.count)
        for (step, edges) in dependencies.enumerated() {
            for edge in edges { dependents[edge].append(step) }
        }
        return dependents
    }

    /// Puts each step after those it depends on, and otherwise keeps the order of the file.
    func order() throws(PipelineError) -> [Int] {
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: steps.count)
        var order: [Int] = []
        order.reserveCapacity(steps.count)
        for start in steps.indices where marks[start] == .new {
            // The chain of steps that are being looked at, each with the next of its dependencies.
            var chain = [(step: start, next: 0)]
            marks[start] = .open
            while let (step, next) = chain.last {
                guard next < dependencies[step].count else {
                    marks[step] = .done
                    order.append(step)
                    chain.removeLast()
                    continue
                }
                chain[chain.count - 1].next += 1
                let dependency = dependencies[step][next]
                switch marks[dependency] {
                case .done: break
                case .new:
                    marks[dependency] = .open
                    chain.append((dependency, 0))
                case .open:
                    let circle = chain.drop { $0.step != dependency }.map { place($0.step) }
                    throw .cycle(circle)
                }
            }
        }
        return order
    }
}

extension StepInput {
    /// Whether the input reads, or may read, something at or beneath `directory`, or lies there itself.
    func reads(_ directory: WorkspacePath) -> Bool {
        switch kind {
        case .path(let path):
            return path.isAtOrBeneath(directory) || directory.isAtOrBeneath(path)
        case .pattern(let pattern):
            return pattern.matches(directory.bytes) || pattern.mayMatch(beneath: directory.bytes)
        }
    }
}
