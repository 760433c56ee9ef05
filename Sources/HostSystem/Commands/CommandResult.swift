/// How a command ended, and what it wrote.
public struct CommandResult: Sendable {
    public let termination: Termination
    /// Captured standard output; empty unless it was captured.
    public let output: [UInt8]
    /// Captured standard error; empty unless it was captured.
    public let errorOutput: [UInt8]
    /// Whether output or error output was longer than its limit.
    public let truncated: Bool
    /// Wall time from start to end, in seconds.
    public let seconds: Double
    /// The bytes of memory for which it was killed; `nil` when it was not.
    public let memoryExceeded: Int64?

    public init(
        termination: Termination, output: [UInt8] = [], errorOutput: [UInt8] = [], truncated: Bool = false,
        seconds: Double = 0, memoryExceeded: Int64? = nil
    ) {
        self.termination = termination
        self.output = output
        self.errorOutput = errorOutput
        self.truncated = truncated
        self.seconds = seconds
        self.memoryExceeded = memoryExceeded
    }

    /// Whether the command exited with status 0.
    public var succeeded: Bool { termination == .exited(0) }

    /// The output with invalid UTF-8 replaced by U+FFFD.
    public var outputText: String { String(decoding: output, as: UTF8.self) }

    /// The error output with invalid UTF-8 replaced by U+FFFD.
    public var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}

/// How a process ended.
public enum Termination: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
    /// Its time limit was over, and it was ended.
    case timedOut
}
