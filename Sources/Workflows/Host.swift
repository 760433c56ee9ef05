import HostSystem
import Model
import SystemPackage

/// What a workflow may ask of the machine; handed in once at the top, never looked up further down.
public struct Host: Sendable {
    public var runner: CommandRunner
    public var time: TimeSource
    /// The variables that Headgate itself was started with.
    public var variables: [String: String]
    public var faults: FaultPoints
    public var parts: ProgramParts
    public var userName: String
    public var home: FilePath
    public var cores: Int
    /// What was read that must not be shown.
    public var redactions: Redactions
    /// Says a sentence to the person at the terminal, such as what recovery found.
    public var say: @Sendable (String) -> Void

    public init(
        runner: CommandRunner, time: TimeSource, variables: [String: String], faults: FaultPoints, parts: ProgramParts,
        userName: String, home: FilePath, cores: Int, redactions: Redactions = Redactions(),
        say: @escaping @Sendable (String) -> Void
    ) {
        self.runner = runner
        self.time = time
        self.variables = variables
        self.faults = faults
        self.parts = parts
        self.userName = userName
        self.home = home
        self.cores = cores
        self.redactions = redactions
        self.say = say
    }
}

/// Where the parts that come with the program lie.
///
/// Source: `Sources/README.md`, "Where the program finds its parts".
public struct ProgramParts: Sendable, Hashable {
    public let program: FilePath
    public let hook: FilePath?
    public let templates: FilePath?
    /// A directory of programs that steps may use, such as the one that holds `duckdb`.
    public let tools: FilePath?

    /// Looks beside `program` first, then upwards for a checkout.
    public init(program: FilePath) {
        self.program = program
        let directory = program.removingLastComponent()
        var prefixes = [directory.removingLastComponent()]
        var templates = prefixes[0].appending("share/headgate/templates")
        var ancestor = directory
        while !ancestor.components.isEmpty {
            if FileSystem.exists(ancestor.appending("Package.swift")),
                FileSystem.isDirectory(ancestor.appending("templates"))
            {
                prefixes.append(ancestor.appending(".build").appending("headgate"))
                if !FileSystem.isDirectory(templates) { templates = ancestor.appending("templates") }
                break
            }
            ancestor.removeLastComponent()
        }
        hook = prefixes.map { $0.appending("libexec/headgate/headgate-hook") }.first(where: FileSystem.exists)
        tools = prefixes.map { $0.appending("lib/headgate/bin") }.first(where: FileSystem.isDirectory)
        self.templates = FileSystem.isDirectory(templates) ? templates : nil
    }
}
