import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What acts outside the sandbox needs the protected branch's word, or an approval on this machine.
@Suite("trust")
struct TrustTests {
    @Test(
        "A branch that reaches out is refused until somebody approves of exactly that",
        arguments: [
            "sandbox: {read: [\"~/.ssh\"]}", "sandbox: {network: true}", "secrets: [AWS_SECRET_ACCESS_KEY]",
            "workspaces: /tmp/elsewhere", "copy_ignored: [.env.local]",
            "environments: [{match: work, protected: true, setup: \"touch /tmp/headgate-owned\"}, {match: main, protected: true}]",
        ])
    func reachingOut(addition: String) async throws {
        let playground = try await Playground()
        try await playground.done("run")
        var text = Playground.configuration
        if addition.hasPrefix("environments") {
            text = text.split(separator: "\n").filter {
                !["environments:", "  - match: main", "    protected: true", "  - match: \"*\"", "    from: main"]
                    .contains($0)
            }
            .joined(separator: "\n")
        }
        // Naming itself the main protected branch must not help.
        text = text.replacing("  - match: main\n", with: "  - match: work\n    protected: true\n  - match: main\n")
        try await playground.branch("work", ["headgate.yaml": text + "\n" + addition + "\n"])
        try await playground.git("switch", "--quiet", "work")
        let key = addition.prefix { $0 != ":" }
        for arguments in [["run"], ["plan"], ["exec", "--", "true"], ["merge", "work", "--into", "main"]] {
            let refused = try await playground.program.run(arguments, in: playground.path)
            #expect(refused.status == 78, "\(arguments)\n\(refused.errorOutput)")
            #expect(
                refused.errorOutput.hasPrefix("error: this branch changes what acts outside the sandbox\n  why: "),
                "\(refused.errorOutput)")
            #expect(refused.errorOutput.contains("\(key)"), "\(refused.errorOutput)")
        }
        let asked = try await playground.headgate("trust")
        #expect(asked.status == 64, "it asks, and there is no terminal")
        #expect(asked.output.contains("\(key)"))
        #expect(try await playground.headgate("plan").status == 78)
        if key == "workspaces" { return }
        try await playground.done("trust", "--yes")
        #expect([0, 10].contains(try await playground.headgate("plan").status))
        #expect(!FileSystem.exists("/tmp/headgate-owned"))
        // Something else again is not approved with it.
        try playground.repository.write("headgate.yaml", text + "\nsandbox: {read: [\"~/.gnupg\"]}\n")
        #expect(try await playground.headgate("plan").status == 78)
    }
}
