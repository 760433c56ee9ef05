import Model
import SystemPackage

/// Runs commands shut off from the machine by bubblewrap.
public struct Sandbox: Sendable {
    /// The bubblewrap program, absolute.
    public let program: FilePath

    public init(program: FilePath = "/usr/bin/bwrap") {
        self.program = program
    }

    /// Returns bubblewrap's arguments for `specification`, up to and without the command.
    public func arguments(for specification: SandboxSpecification) throws(HostError) -> [String] { [] }

    /// Returns an invocation that runs `invocation` inside `specification`.
    public func wrap(_ invocation: Invocation, in specification: SandboxSpecification) throws(HostError) -> Invocation {
        invocation
    }

    /// Tries bubblewrap with exactly the flags that `arguments(for:)` uses.
    ///
    /// - Parameter variables: where PATH is looked up.
    public static func probe(_ runner: CommandRunner, variables: [String: String]) async -> SandboxProbe {
        .unavailable(reason: "not built yet", remedy: nil)
    }
}

/// Whether the sandbox works on this machine.
public enum SandboxProbe: Sendable, Hashable {
    case available(Sandbox)
    case unavailable(reason: String, remedy: String?)
}

extension Sandbox: Hashable {}
