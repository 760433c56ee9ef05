import Model

/// Expands a matrix into its combinations, as GitHub Actions does.
///
/// Source: docs.github.com, "Running variations of jobs in a workflow": exclusions come first; an included object
/// extends every original combination whose values it does not contradict, else it is a combination of its own.
enum MatrixExpansion {
    /// What one step may expand to, far above any real matrix.
    static let limit = 10_000

    struct Combination {
        /// Stands behind the step's name in the id: `seed=2,model=ridge`.
        var label: String
        var values: [String: ParameterValue]
    }

    /// How many combinations the axes alone make; `nil` when they are more than can be counted.
    static func count(_ matrix: Matrix) -> Int? {
        var count = matrix.axes.isEmpty ? 0 : 1
        for axis in matrix.axes {
            let (product, overflow) = count.multipliedReportingOverflow(by: axis.values.count)
            if overflow { return nil }
            count = product
        }
        return count
    }

    /// Returns the combinations with the last axis changing fastest, included ones at the end; `nil` above the limit.
    static func combinations(_ matrix: Matrix) -> [Combination]? {
        guard let count = count(matrix), count + matrix.include.count <= limit else { return nil }
        var originals: [[String: ParameterValue]] = matrix.axes.isEmpty ? [] : [[:]]
        for axis in matrix.axes {
            originals = originals.flatMap { combination in
                axis.values.map { combination.merging([axis.name: $0]) { $1 } }
            }
        }
        originals.removeAll { combination in matrix.exclude.contains { isPart($0, of: combination) } }
        var extended = originals
        var added: [[String: ParameterValue]] = []
        for object in matrix.include {
            var fits = false
            for index in originals.indices
            where object.allSatisfy({ originals[index][$0.key]?.text ?? $0.value.text == $0.value.text }) {
                extended[index].merge(object) { $1 }
                fits = true
            }
            if !fits { added.append(object) }
        }
        let names = matrix.axes.map(\.name)
        let labelled = zip(originals, extended).map { original, values in
            Combination(label: label(original, names: names), values: values)
        }
        return labelled
            + added.map { values in
                let others = values.keys.filter { !names.contains($0) }.sorted()
                return Combination(label: label(values, names: names + others), values: values)
            }
    }

    private static func isPart(_ part: [String: ParameterValue], of combination: [String: ParameterValue]) -> Bool {
        part.allSatisfy { combination[$0.key]?.text == $0.value.text }
    }

    private static func label(_ values: [String: ParameterValue], names: [String]) -> String {
        names.compactMap { name in values[name].map { "\(name)=\($0.text)" } }.joined(separator: ",")
    }
}
