import Model

/// A git command that failed without an answer that the caller asked for.
public struct GitProgramFailure: Error, Hashable, Sendable {
    /// The arguments after `git`, without the fixed options that every call gets.
    public let arguments: [String]
    /// The exit code, or 128 + n after signal n.
    public let status: Int32
    /// What it wrote to its standard error, at most 4,000 characters from the end.
    public let message: String

    public init(arguments: [String], status: Int32, message: String) {
        self.arguments = arguments
        self.status = status
        self.message = message
    }

    var diagnosis: Diagnosis {
        Diagnosis(
            problem: "`git \(arguments.first ?? "")` failed with status \(status)",
            reason: message.isEmpty ? nil : message)
    }
}
