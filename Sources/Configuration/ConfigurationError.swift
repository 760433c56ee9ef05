import Model

/// One thing that is wrong in a configuration file, with its place.
public struct ConfigurationProblem: Hashable, Sendable, Codable {
    /// The file as the caller named it, such as `headgate.yaml`.
    public var file: String
    /// Counted from 1; `nil` when the problem has no place, such as a wrong `--param`.
    public var line: Int?
    /// Counted from 1 in Unicode scalars.
    public var column: Int?
    /// What is wrong, as one sentence without a full stop.
    public var message: String
    /// What to write instead, or `nil` when the message says it all.
    public var suggestion: String?

    public init(file: String, line: Int? = nil, column: Int? = nil, message: String, suggestion: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.suggestion = suggestion
    }

    /// `headgate.yaml:12:5`, or the file alone.
    public var place: String {
        guard let line else { return file }
        guard let column else { return "\(file):\(line)" }
        return "\(file):\(line):\(column)"
    }
}

/// Everything that is wrong in a configuration, in the order of the file; ends a command with status 78.
public struct ConfigurationError: DiagnosableError, Hashable {
    /// Never empty.
    public let problems: [ConfigurationProblem]

    /// Makes an error out of at least one problem.
    public init(_ problems: [ConfigurationProblem]) {
        precondition(!problems.isEmpty, "an error without a problem")
        self.problems = problems.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            let (first, second) = (
                (a.line ?? 0, a.column ?? 0, left.offset), (b.line ?? 0, b.column ?? 0, right.offset)
            )
            return a.file == b.file ? first < second : a.file < b.file
        }.map(\.element)
    }

    init(_ problem: ConfigurationProblem) {
        problems = [problem]
    }

    public var diagnosis: Diagnosis {
        guard problems.count > 1 else {
            let only = problems[0]
            return Diagnosis(problem: "\(only.place): \(only.message)", remedy: only.suggestion)
        }
        let list = problems.map { problem in
            "\(problem.place): \(problem.message)" + (problem.suggestion.map { " (\($0))" } ?? "")
        }
        return Diagnosis(
            problem: "\(problems[0].file) has \(problems.count) problems", reason: list.joined(separator: "\n"))
    }

    public var exitStatus: ExitStatus { .configuration }
}
