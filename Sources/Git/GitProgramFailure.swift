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
            reason: message.isEmpty ? nil : message, remedy: remedy)
    }

    /// What is to be done about errors that Git hands on in others' words. Source: `strerror(3)`; Git's `entry.c`
    /// does not say why a file could not be written.
    private var remedy: String? {
        let remedies = [
            ("No space left on device", "free some space, then try again"),
            ("Disk quota exceeded", "the quota is used up: free some space, then try again"),
            ("Read-only file system", "mount its file system such that it can be written, then try again"),
            ("Permission denied", "check who owns it and its mode"),
            ("smudge filter", "let the filter have what it needs, as with `git lfs fetch`, then try again"),
            ("from promisor remote", "this clone is partial: make its remote reachable, then try again"),
            ("unable to write file", "see whether the disk is full or the quota used up, then try again"),
        ]
        return remedies.first { message.contains($0.0) }?.1
    }
}
