import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// With the function of `shell-init`, `headgate switch` takes the shell along.
@Suite("shell-init")
struct ShellInitTests {
    @Test(
        "The shell goes to the workspace; statuses, other commands and captured paths stay as they are",
        arguments: ["bash", "zsh", "fish"])
    func goesAlong(shell: String) async throws {
        let playground = try await Playground()
        guard let program = CommandRunner.locate(shell, variables: playground.repository.variables) else {
            print("\(shell) is not installed")
            return
        }
        var variables = playground.repository.variables
        variables["PATH"] =
            playground.program.executable.removingLastComponent().string + ":" + (variables["PATH"] ?? "")
        func run(_ script: String) async throws -> CommandResult {
            let start =
                shell == "fish" ? "headgate shell-init fish | source" : "eval \"$(headgate shell-init \(shell))\""
            let options = shell == "fish" ? ["--no-config"] : shell == "zsh" ? ["-f"] : ["--norc"]
            return try await CommandRunner().run(
                Invocation(
                    program.string, options + ["-c", start + "\n" + script], variables: variables,
                    directory: playground.path))
        }
        let workspace = playground.workspace("a-branch").string
        let went = try await run("headgate switch -c a-branch; pwd")
        #expect(went.outputText == "\(workspace)\n\(workspace)\n", "\(went.errorText)")
        let captured = try await run(
            shell == "fish" ? "cd (headgate switch a-branch); pwd" : "cd \"$(headgate switch a-branch)\"; pwd")
        #expect(captured.outputText.hasSuffix("\(workspace)\n"), "\(captured.outputText)")
        let status = shell == "fish" ? "$status" : "$?"
        let failed = try await run("headgate switch no-such-branch; echo \(status); pwd")
        #expect(failed.outputText == "1\n\(playground.path)\n", "\(failed.outputText)\(failed.errorText)")
        let other = try await run(
            "headgate switch --json a-branch >/dev/null; pwd; headgate exec -- sh -c 'exit 7'; echo \(status)")
        #expect(other.outputText == "\(playground.path)\n7\n", "\(other.outputText)\(other.errorText)")
        #expect(try await run("headgate; headgate --version").succeeded)
    }

    @Test("A shell that is not known is told what there is")
    func unknown() async throws {
        let outcome = try await Playground().headgate("shell-init", "tcsh")
        #expect(outcome.status == 64)
        #expect(outcome.errorOutput.contains("bash") && outcome.errorOutput.contains("fish"), "\(outcome.errorOutput)")
    }
}
