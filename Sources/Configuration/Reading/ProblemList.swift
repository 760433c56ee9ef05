import Model

/// Collects what is wrong with one file, up to a limit.
final class ProblemList {
    static let limit = 100

    let file: String
    private let text: String
    private(set) var problems: [ConfigurationProblem] = []

    /// - Parameter text: the whole file, in which places inside a scalar are looked up.
    init(file: String, text: String = "") {
        self.file = file
        self.text = text
    }

    /// The place of `written` within the lines of `node`, or of the node itself where it is not written like that.
    func place(of written: some StringProtocol, in node: YAMLNode) -> SourceLine {
        let lines = text.split(separator: "\n", maxSplits: node.end.line, omittingEmptySubsequences: false)
        for number in node.start.line...max(node.start.line, node.end.line) where number <= lines.count {
            let line = lines[number - 1]
            let behind = number == node.start.line ? node.start.column - 1 : 0
            let start =
                line.unicodeScalars.index(line.startIndex, offsetBy: behind, limitedBy: line.endIndex) ?? line.endIndex
            if let found = line[start...].firstRange(of: written) {
                let column = line.unicodeScalars.distance(from: line.startIndex, to: found.lowerBound) + 1
                return SourceLine(line: number, column: column)
            }
        }
        return node.start
    }

    func add(at place: SourceLine?, _ message: String, _ suggestion: String? = nil) {
        guard problems.count < Self.limit else { return }
        let problem = ConfigurationProblem(
            file: file, line: place?.line, column: place?.column, message: message, suggestion: suggestion)
        // A node that an alias repeats would report the same again.
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// An error that ends reading at once: what was found so far, and this.
    func error(at place: SourceLine? = nil, message: String, suggestion: String? = nil) -> ConfigurationError {
        add(at: place, message, suggestion)
        return ConfigurationError(
            problems.isEmpty ? [ConfigurationProblem(file: file, message: message, suggestion: suggestion)] : problems)
    }

    func throwIfAny() throws(ConfigurationError) {
        if !problems.isEmpty { throw ConfigurationError(problems) }
    }
}
