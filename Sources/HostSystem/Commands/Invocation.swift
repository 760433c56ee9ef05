import Model
import SystemPackage

/// One command to be run: what, where, with which variables, and what becomes of what it writes.
public struct Invocation: Sendable {
    /// An absolute path, or a name that is looked up in `variables["PATH"]`.
    public var program: String
    public var arguments: [String]
    /// Exactly the variables of the child; nothing is inherited.
    public var variables: [String: String]
    public var directory: FilePath
    public var input: CommandInput
    public var output: OutputDestination
    public var errorOutput: ErrorDestination
    /// After this time the command is ended, and its termination is `timedOut`; `nil` for no limit.
    public var timeLimit: TimeSpan?
    /// The bytes of memory that the command and what it starts may take together; looked at ten times a second, and when
    /// it is more, all of it is killed. `nil` for no limit.
    public var memoryLimit: Int64?
    /// How long the command may take to end after SIGTERM, before SIGKILL.
    public var gracePeriod: TimeSpan
    /// Receives the chunks of output (and joined error output) as they come, on another thread, in order.
    public var observe: (@Sendable ([UInt8]) -> Void)?
    /// Byte strings that are replaced by `***` in logs and in what `observe` receives.
    public var redactions: [[UInt8]]
    /// Whether the program is the sandbox's, set by `Sandbox.wrap`.
    var isWrapped = false
    /// Whether it gets a terminal of its own, set by `Sandbox.wrap`.
    var hasOwnTerminal = false

    public init(
        _ program: String, _ arguments: [String] = [], variables: [String: String] = [:],
        directory: FilePath = "/", input: CommandInput = .none,
        output: OutputDestination = .captured(), errorOutput: ErrorDestination = .captured(),
        timeLimit: TimeSpan? = nil, gracePeriod: TimeSpan = TimeSpan(seconds: 5),
        observe: (@Sendable ([UInt8]) -> Void)? = nil, redactions: [[UInt8]] = []
    ) {
        self.program = program
        self.arguments = arguments
        self.variables = variables
        self.directory = directory
        self.input = input
        self.output = output
        self.errorOutput = errorOutput
        self.timeLimit = timeLimit
        self.gracePeriod = gracePeriod
        self.observe = observe
        self.redactions = redactions
    }
}

/// What a command reads on standard input.
public enum CommandInput: Sendable, Hashable {
    /// `/dev/null`.
    case none
    case bytes([UInt8])
    /// Headgate's own; with a terminal there the command runs in its foreground, in the sandbox in one like it.
    case inherited

    /// The UTF-8 bytes of `text`.
    public static func text(_ text: String) -> CommandInput { .bytes(Array(text.utf8)) }
}

/// Where a command's standard output goes.
public enum OutputDestination: Sendable, Hashable {
    /// Kept in memory; what exceeds `limit` bytes is dropped, and the result says so.
    case captured(limit: Int = 16 << 20)
    /// Appended to a file as it comes, invalid UTF-8 included; what exceeds `limit` bytes is dropped.
    case log(FilePath, limit: Int64 = 64 << 20)
    case inherited
    case discarded
}

/// Where a command's standard error goes.
public enum ErrorDestination: Sendable, Hashable {
    /// Kept in memory; what exceeds `limit` bytes is dropped, and the result says so.
    case captured(limit: Int = 1 << 20)
    /// The same destination as standard output, in the order written.
    case joined
    case inherited
    case discarded
}
