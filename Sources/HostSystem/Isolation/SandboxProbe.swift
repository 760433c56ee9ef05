import Model
import SystemPackage

/// Whether the sandbox works on this machine.
public enum SandboxProbe: Sendable, Hashable {
    case available(Sandbox)
    case unavailable(reason: String, remedy: String?)

    /// The answer as text, to be kept and read back by `init(text:)`.
    public var text: String {
        switch self {
        case .available(let sandbox): "available\n\(sandbox.program)"
        case .unavailable(let reason, let remedy): "unavailable\n\(reason)\n\(remedy ?? "")"
        }
    }

    public init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        switch (lines.first, lines.count) {
        case ("available", 2): self = .available(Sandbox(program: FilePath(lines[1])))
        case ("unavailable", 3): self = .unavailable(reason: lines[1], remedy: lines[2].isEmpty ? nil : lines[2])
        default: return nil
        }
    }
}

extension Sandbox {
    /// Tries bubblewrap with exactly the flags that every sandbox has.
    ///
    /// - Parameter variables: where PATH is looked up.
    public static func probe(_ runner: CommandRunner, variables: [String: String]) async -> SandboxProbe {
        guard let program = CommandRunner.locate("bwrap", variables: variables) else {
            return .unavailable(
                reason: "bubblewrap is not installed",
                remedy: "install it: `apt install bubblewrap` (Debian, Ubuntu), `dnf install bubblewrap` (Fedora)")
        }
        let sandbox = Sandbox(program: program)
        do {
            let specification = SandboxSpecification(workspace: "/usr", home: "/")
            let command = Invocation("true", variables: variables, timeLimit: TimeSpan(seconds: 10))
            let result = try await runner.run(try sandbox.wrap(command, in: specification))
            if result.succeeded { return .available(sandbox) }
            let line = result.errorText.split(separator: "\n").first.map(String.init) ?? "bubblewrap fails silently"
            return .unavailable(reason: line, remedy: remedy(for: line))
        } catch {
            let reason = (error as? any DiagnosableError)?.diagnosis.reason ?? "\(error)"
            return .unavailable(reason: reason.replacing("\n", with: " "), remedy: nil)
        }
    }

    private static func remedy(for message: String) -> String? {
        // A setting that the kernel does not have is not what refuses.
        func setting(_ path: FilePath) -> String? {
            (try? FileSystem.readText(path, limit: 4096))?.trimmingNewline
        }
        if message.contains("Unknown option") { return "install bubblewrap 0.8 or newer" }
        if FileSystem.exists("/.dockerenv") || FileSystem.exists("/run/.containerenv") {
            return "start the container with `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"
        }
        if setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" {
            return "allow bubblewrap in AppArmor: `sudo apt install apparmor-profiles && sudo ln -s"
                + " /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ &&"
                + " sudo systemctl reload apparmor`"
        }
        if setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" {
            return "allow user namespaces: `sudo sysctl kernel.unprivileged_userns_clone=1`"
        }
        if setting("/proc/sys/user/max_user_namespaces") == "0" {
            return "allow user namespaces: `sudo sysctl user.max_user_namespaces=10000`"
        }
        return nil
    }
}

extension String {
    fileprivate var trimmingNewline: String { last == "\n" ? String(dropLast()) : self }
}
