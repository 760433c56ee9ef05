import Model

extension DocumentReader {
    /// Rules about the paths of several steps and sources: one maker per file, and none within a read-only source.
    ///
    /// Outputs with placeholders are looked at when they are resolved.
    func checkPaths() {
        let sources = configuration.sources.compactMap { source in source.path.map { (path: $0, source: source) } }
        var owners: [(path: String, step: Step)] = []
        for step in configuration.steps {
            for output in step.outputs where !Template.hasPlaceholder(output) {
                owners.append((output, step))
                for (path, source) in sources { check(output, of: step, against: source, at: path) }
            }
        }
        for conflict in OutputConflict.find(in: owners.map { ($0.path, $0.step.name) }) {
            let (first, second) = (owners[conflict.first], owners[conflict.second])
            if first.step.name == second.step.name, first.step.matrix == nil { continue }
            let isSame = first.path == second.path
            problems.add(
                at: place(of: second.path, in: second.step),
                "the step `\(second.step.name)` makes `\(second.path)`, which "
                    + (isSame ? "" : "overlaps `\(first.path)` that ")
                    + "the step `\(first.step.name)` (line \(first.step.line?.line ?? 0)) makes"
                    + (isSame ? " too" : ""),
                "give each step outputs of its own")
        }
    }

    private func check(_ output: String, of step: Step, against source: Source, at path: String) {
        if PathRule.contains(path, output), !source.isWritable {
            problems.add(
                at: place(of: output, in: step),
                "the step `\(step.name)` makes `\(output)` inside the read-only source `\(source.name)`"
                    + " (line \(source.line?.line ?? 0))",
                "write it elsewhere, or make the source `writable: true`")
        } else if path != output, PathRule.contains(output, path) {
            problems.add(
                at: place(of: output, in: step),
                "the output `\(output)` of the step `\(step.name)` holds the source `\(source.name)`"
                    + " (line \(source.line?.line ?? 0))",
                "name the folders that the step makes")
        }
    }

    private func place(of output: String, in step: Step) -> SourceLine? {
        let items = root["steps"]?[step.name]?["outputs"]?.items ?? []
        return items.first { $0.scalarText.map(PathRule.normalized) == output }?.start ?? step.line
    }
}

/// Finds outputs that are equal or lie within each other.
enum OutputConflict {
    struct Pair: Equatable {
        /// Indices into the list given; `first` stands earlier in it.
        var first: Int
        var second: Int
    }

    /// Returns each conflict between outputs of different owners once, in the order of the list.
    static func find(in outputs: [(path: String, owner: String)]) -> [Pair] {
        var indices: [String: Int] = [:]
        indices.reserveCapacity(outputs.count)
        var pairs: [Pair] = []
        for (index, output) in outputs.enumerated() {
            if let earlier = indices[output.path] {
                if outputs[earlier].owner != output.owner { pairs.append(Pair(first: earlier, second: index)) }
            } else {
                indices[output.path] = index
            }
        }
        for (index, output) in outputs.enumerated() {
            var path = output.path.utf8[...]
            while let slash = path.lastIndex(of: UInt8(ascii: "/")) {
                path = path[..<slash]
                guard let folder = indices[String(Substring(path))], outputs[folder].owner != output.owner else {
                    continue
                }
                pairs.append(Pair(first: min(folder, index), second: max(folder, index)))
            }
        }
        return pairs
    }
}
