import Model
import SystemPackage

/// Runs commands shut off from the machine by bubblewrap.
///
/// The host's files are there read-only, with private directories laid over what must not be seen, and on top of those
/// what the specification asks for. Mounts are made from the outside in, so that a deeper one always shows; what
/// cannot be resolved or is missing is left out rather than guessed.
public struct Sandbox: Sendable, Hashable {
    /// The bubblewrap program, absolute.
    public let program: FilePath

    public init(program: FilePath = "/usr/bin/bwrap") {
        self.program = program
    }

    /// What every sandbox has, so that a step reaches nothing but what it was given. Source: HostSystem/README.md, "The sandbox".
    ///
    /// - `--unshare-user --disable-userns --cap-drop ALL`: root inside is nobody special and cannot become so; with
    ///   capabilities it would remount the host writable.
    /// - `--new-session`: no terminal into which to type for the user (TIOCSTI).
    /// - `--unshare-pid --unshare-ipc`: other processes can be neither seen, signalled nor traced; all end together.
    /// - `--die-with-parent`: nothing outlives Headgate.
    static let confinement = [
        "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--new-session", "--unshare-pid", "--unshare-ipc",
        "--die-with-parent",
    ]

    /// Returns bubblewrap's arguments for `specification`, up to and without the command.
    ///
    /// - Throws: `HostError.unconfinable` for a workspace that cannot be shut off, such as the home directory itself.
    public func arguments(for specification: SandboxSpecification) throws(HostError) -> [String] {
        let mounts = try SandboxMounts(specification)
        return Sandbox.confinement + (specification.network ? [] : ["--unshare-net"]) + mounts.arguments
    }

    /// Returns an invocation that runs `invocation` inside `specification`.
    ///
    /// HOME and TMPDIR become those of the specification (HOME too the temporary one where there is none); USER, LOGNAME and LANG are set where they are missing.
    ///
    /// - Throws: `HostError.commandNotStarted` for a program that is not there, `HostError.unconfinable`.
    public func wrap(_ invocation: Invocation, in specification: SandboxSpecification) throws(HostError) -> Invocation {
        var variables = invocation.variables
        let home = FileSystem.isDirectory(specification.home) ? specification.home : specification.temporary
        variables["HOME"] = home.string
        variables["TMPDIR"] = specification.temporary.string
        for name in ["USER", "LOGNAME"] where variables[name] == nil { variables[name] = CurrentProcess.userName }
        if variables["LANG"] == nil { variables["LANG"] = "C.UTF-8" }

        var inner = invocation
        inner.variables = variables
        var words = [try CommandRunner.resolve(inner).string] + invocation.arguments
        if invocation.isInteractive, let program = CommandRunner.locate("setsid", variables: variables) {
            // Makes the terminal that stands in for the user's the controlling one. Source: setsid(1).
            words = [program.string, "--ctty"] + words
            inner.hasOwnTerminal = true
        }
        var arguments = try self.arguments(for: specification) + ["--chdir", invocation.directory.string]
        // Bubblewrap itself runs outside: what would act on it is set inside only. All others are handed over as
        // variables, since arguments can be read by every user of the machine.
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) where actsOnLoader(name) {
            arguments += ["--setenv", name, value]
            variables[name] = nil
        }
        inner.variables = variables
        inner.program = program.string
        inner.arguments = arguments + ["--"] + words
        inner.directory = "/"
        inner.isWrapped = true
        return inner
    }
}

extension Invocation {
    /// Whether a person types to it and sees the answers.
    fileprivate var isInteractive: Bool {
        input == .inherited && output == .inherited && TerminalDevice.standardInput.isTerminal
            && TerminalDevice.standardOutput.isTerminal
    }
}

/// Whether a variable changes what the dynamic loader or the C library load. Sources: `ld.so(8)`, `iconv(1)`.
private func actsOnLoader(_ name: String) -> Bool {
    let names = ["GCONV_PATH", "LOCPATH", "NLSPATH", "TZDIR", "HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN"]
    return ["LD_", "GLIBC_", "MALLOC_"].contains { name.hasPrefix($0) } || names.contains(name)
}
