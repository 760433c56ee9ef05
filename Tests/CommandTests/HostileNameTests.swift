import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Branches with every name that Git allows and nobody expects, through the whole life of an environment.
@Suite("Hostile names")
struct HostileNameTests {
    /// Words of a shell, of Git and of other systems, and letters that look like others.
    private static let names = [
        "a`id`b", "a;rm", "a'b", "a\"b", "a|b", "a$(id)b", "$HOME", "a&b", "#x", "!x", "heads/main", "refs/heads/x",
        "con",
        "{{x}}", "%2e%2e", "Main", "caf\u{e9}", "cafe\u{301}", "x\u{202e}y", "c1\u{85}x", "<b>x</b>",
        "日本", "\u{1f600}", "x/y/z", String(repeating: "n", count: 240) + "/" + String(repeating: "m", count: 200),
    ]
    /// Those that Git refuses.
    private static let forbidden = [
        "-rf", "--upload-pack=x", "HEAD", "@", "sp ace", "new\nline", "t\tab", "a..b", "x.lock", "../../etc", "", "x~1",
        "x^", "x:y",
        "\u{1b}[31mred",
    ]

    @Test("Environments of hostile branches are made, used, removed and brought back")
    func lifecycle() async throws {
        let playground = try await Playground()
        try await playground.done("hooks", "install")
        try await playground.done("run")
        let folder = playground.repository.directory.path("project.envs")
        var workspaces: Set<String> = []
        for name in Self.names {
            let created = try await playground.headgate("env", "create", "--", name)
            #expect(created.status == 0, "\(name): \(created.errorOutput)")
            let workspace = FilePath(String(created.output.dropLast()))
            #expect(workspace.removingLastComponent() == folder, "\(name)")
            #expect(workspaces.insert(workspace.string).inserted, "\(name)")
            #expect(try await playground.git("symbolic-ref", "HEAD", in: workspace) == "refs/heads/" + name)
            #expect(created.errorOutput.unicodeScalars.allSatisfy { $0 == "\n" || !Self.isControl($0) }, "\(name)")
        }
        let list = try JSON(try await playground.done("env", "list", "--json"))
        #expect(Set(list["environments"].items.compactMap { $0["branch"].text }) == Set(Self.names + ["main"]))
        let table = try await playground.done("env", "list")
        #expect(table.unicodeScalars.allSatisfy { $0 == "\n" || !Self.isControl($0) })

        for name in Self.names {
            let told = try await playground.headgate("exec", "--env=" + name, "--", "printenv", "HEADGATE_BRANCH")
            #expect(told.output == name + "\n", "\(name): \(told.errorOutput)")
        }
        for name in Self.names {
            let removed = try await playground.headgate("env", "remove", "--", name)
            #expect(removed.status == 0, "\(name): \(removed.errorOutput)")
        }
        #expect(try FileSystem.list(folder).allSatisfy { $0.string.hasPrefix(".") })
        for name in Self.names.suffix(5) {
            let back = try await playground.headgate("env", "undelete", "--", name)
            #expect(workspaces.contains(String(back.output.dropLast())), "\(name): \(back.errorOutput)")
        }
        #expect(try await playground.headgate("doctor").status == 0)
        #expect(try FileSystem.list(playground.repository.directory.path).count == 3, "nothing was made beside")
    }

    @Test("They run, land and are pruned", arguments: ["a`id`b;$(id)'\"|&", "x\u{202e}y\u{85}", "Main"])
    func landing(name: String) async throws {
        let playground = try await Playground()
        try await playground.done("hooks", "install")
        let workspace = FilePath(String(try await playground.done("switch", "-c", "--", name).dropLast()))
        try await playground.repository.commit(["note.txt": "4,dan\n"], in: workspace)
        for arguments in [
            ["run", "--env=" + name], ["plan", "--env=" + name], ["env", "show", "--", name], ["merge", "--", name],
            ["prune", "--yes"], ["status"], ["audit"],
        ] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 0, "\(arguments)\n\(outcome.errorOutput)")
            for text in [outcome.output, outcome.errorOutput] {
                #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Self.isControl($0) }, "\(arguments)")
            }
        }
        #expect(!FileSystem.exists(workspace))
        // What a message tells to type must mean the same branch.
        let refused = try await playground.headgate("env", "show", "--", name)
        #expect(refused.status == 1)
        let command = try #require(refused.errorOutput.firstMatch(of: /run `(.*)`, or see/)?.1)
        let executable = playground.program.executable.removingLastComponent().string
        let typed = try await CommandRunner().run(
            Invocation(
                "sh", ["-c", String(command)],
                variables: playground.program.variables.merging(["PATH": "\(executable):/usr/bin:/bin"]) { $1 },
                directory: playground.path))
        if name.unicodeScalars.allSatisfy({ !Self.isControl($0) }) {
            #expect(typed.succeeded, "\(command)\n\(typed.errorText)")
            #expect(typed.outputText == workspace.string + "\n")
        }
    }

    @Test("What Git forbids is a wrong command line", arguments: forbidden)
    func refused(name: String) async throws {
        let playground = try await Playground()
        for arguments in [
            ["switch", "-c", "--", name], ["env", "create", "--", name], ["run", "--env=" + name],
            ["merge", "--", name],
        ] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 64, "\(arguments)\n\(outcome.errorOutput)")
            #expect(outcome.errorOutput.unicodeScalars.allSatisfy { $0 == "\n" || !Self.isControl($0) }, "\(arguments)")
        }
        #expect(try await playground.git("branch", "--format=%(refname)") == "refs/heads/main")
    }

    @Test("A branch that only plumbing can name disturbs nobody")
    func plumbing() async throws {
        let playground = try await Playground()
        let tip = try await playground.repository.tip()
        try playground.repository.write(".git/refs/heads/-rf", tip.hex + "\n")
        try playground.repository.write(".git/refs/heads/HEAD", tip.hex + "\n")
        for arguments in [
            ["run"], ["status"], ["audit"], ["doctor"], ["env", "create", "x"], ["prune", "--yes"],
            ["hooks", "install"],
        ] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 0, "\(arguments)\n\(outcome.errorOutput)")
        }
    }

    /// C0, C1 and what turns the direction of text.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<32, 127..<160, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
