import Model

/// One declared input of a step, read.
struct StepInput: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case path(WorkspacePath)
        case pattern(PathPattern)
    }

    /// As declared.
    let text: String
    let kind: Kind
}

/// The declared outputs of all steps, found by path and by beginning.
struct OutputIndex: Sendable {
    struct Output: Sendable {
        let path: WorkspacePath
        let step: Int
    }

    private var byPath: [WorkspacePath: Int] = [:]
    private var sorted: [Output] = []

    /// Returns the step that writes `path` or a directory above it, without `step` itself, which may nest its own.
    mutating func insert(_ path: WorkspacePath, of step: Int) -> Int? {
        if let other = byPath[path] { return other == step ? nil : other }
        for ancestor in path.ancestors {
            if let other = byPath[ancestor], other != step { return other }
        }
        byPath[path] = step
        sorted.append(Output(path: path, step: step))
        return nil
    }

    mutating func finish() {
        sorted.sort { $0.path < $1.path }
    }

    func step(writing path: WorkspacePath) -> Int? { byPath[path] }

    /// The output that is `path` or a directory above it, with its step.
    func output(covering path: WorkspacePath) -> Output? {
        if let step = byPath[path] { return Output(path: path, step: step) }
        for ancestor in path.ancestors {
            if let step = byPath[ancestor] { return Output(path: ancestor, step: step) }
        }
        return nil
    }

    /// The outputs whose bytes begin with `prefix`.
    func outputs(beginningWith prefix: [UInt8]) -> ArraySlice<Output> {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].path.bytes.lexicographicallyPrecedes(prefix) { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < sorted.count, sorted[end].path.bytes.starts(with: prefix) { end += 1 }
        return sorted[low..<end]
    }

    /// Whether an output is taken for a file: by its extension, unless its step is waited for anyway; and the reader's
    /// own, which it cannot wait for.
    static func isFile(_ output: Output, to reader: Int, awaiting steps: some Collection<Int>) -> Bool {
        output.step == reader || output.path.hasExtension && !steps.contains(output.step)
    }

    /// The outputs that `input` reads or may read.
    ///
    /// Nobody says which outputs are directories, in which a pattern may match. What `isFile` says of them holds unless
    /// the pattern names it, or else `**/*.sh` would read every output there is.
    func outputs(readBy input: StepInput, isFile: (Output) -> Bool) -> [Output] {
        switch input.kind {
        case .path(let path):
            if let output = output(covering: path) { return [output] }
            return Array(outputs(beginningWith: path.isRoot ? [] : path.bytes + [UInt8(ascii: "/")]))
        case .pattern(let pattern):
            let prefix = pattern.literalPrefix
            var found = outputs(beginningWith: prefix).filter {
                pattern.matches($0.path.bytes) || pattern.mayMatch(beneath: $0.path.bytes, isNamed: isFile($0))
            }
            // `parts/*.csv` may match inside the output `parts`, which is shorter than the prefix.
            let directory = prefix.lastIndex(of: UInt8(ascii: "/")).map { WorkspacePath(bytes: Array(prefix[..<$0])) }
            if let directory, let output = output(covering: directory) { found.append(output) }
            return found
        }
    }

    /// The outputs that `pattern` would read if they turned out to be directories, against `isFile`.
    func outputs(takenForFilesBy pattern: PathPattern, isFile: (Output) -> Bool) -> [Output] {
        outputs(beginningWith: pattern.literalPrefix).filter { output in
            let path = output.path.bytes
            return isFile(output) && pattern.mayMatch(beneath: path)
                && !pattern.matches(path)
                && !pattern.mayMatch(beneath: path, isNamed: true)
        }
    }
}
