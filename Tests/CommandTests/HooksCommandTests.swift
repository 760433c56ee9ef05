import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite("hooks install, status, uninstall")
struct HooksCommandTests {
    private static let names = ["post-checkout", "pre-merge-commit", "pre-push", "reference-transaction"]

    /// Every file of the hooks directory with its mode and content, and Git's configuration.
    private func state(_ playground: Playground) throws -> [String: String] {
        let hooks = playground.path.appending(".git/hooks")
        var state = ["config": try FileSystem.readText(playground.path.appending(".git/config"))]
        for entry in try TreeWalk.list(hooks) {
            let path = hooks.pushing(entry.path)
            let content =
                entry.status.kind == .symbolicLink
                ? "link to \(try FileSystem.readLink(path))" : try FileHasher.hash(path).hex
            state[entry.path.string] = "\(String(entry.status.mode, radix: 8)) \(content)"
        }
        return state
    }

    @Test("Installing says what it changes, once; status proves it; uninstalling undoes exactly that")
    func whole() async throws {
        let playground = try await Playground()
        let before = try state(playground)
        let missing = try await playground.headgate("hooks", "status")
        #expect(missing.status == 1)
        let installed = try await playground.headgate("hooks", "install")
        #expect(
            installed.transcript(in: playground) == Self.names.map {
                "add the hook <folder>/project/.git/hooks/\($0)\n"
            }.joined()
                + "installed; `headgate hooks uninstall` undoes exactly this\nexit 0\n")
        let again = try await playground.headgate("hooks", "install")
        #expect(again.transcript(in: playground) == "everything is in place\nexit 0\n")
        try await playground.done("switch", "-c", "work")
        let status = try await playground.headgate("hooks", "status")
        let lines = playground.marked(status.output).split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(status.status == 0)
        let expected = ["<folder>/project", "<folder>/project.envs/work"].flatMap { tree in
            Self.names.map { [$0, "fires", tree] }
        }
        #expect(lines.first == ["hook", "state", "working", "tree"])
        #expect(lines.dropFirst().sorted { $0.joined() < $1.joined() } == expected.sorted { $0.joined() < $1.joined() })
        let removed = try await playground.headgate("hooks", "uninstall")
        #expect(removed.status == 0)
        #expect(try state(playground) == before)
        let nothing = try await playground.headgate("hooks", "uninstall")
        #expect(nothing.transcript(in: playground) == "no hooks are installed\nexit 0\n")
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "free again")
    }

    @Test("Uninstalling deletes nothing that another tool wrote since, and says what it leaves")
    func rewrittenSince() async throws {
        let playground = try await Playground()
        let hooks = playground.path.appending(".git/hooks")
        func write(_ name: String, _ text: String) throws {
            try FileSystem.replace(hooks.appending(name), withText: "#!/bin/sh\n" + text, mode: 0o755)
        }
        try write("pre-push", "echo mine\n")
        try write("post-checkout", "echo mine too\n")
        try await playground.done("hooks", "install")
        // One tool writes over ours, one takes ours away, one adds a line.
        try write("pre-push", "echo third\n")
        try FileSystem.remove(hooks.appending("post-checkout"))
        let grown = hooks.appending("pre-merge-commit")
        let whole = try FileSystem.readBytes(grown)
        try FileSystem.replace(grown, with: whole + Array("exec tool\n".utf8), mode: 0o755)
        let removed = try await playground.headgate("hooks", "uninstall")
        #expect(removed.status == 0)
        let said = playground.marked(removed.errorOutput)
        #expect(
            said.contains(
                "left: <folder>/project/.git/hooks/pre-push was put there by another tool since; the hook from before Headgate "
                    + "is at <folder>/project/.git/hooks/pre-push.headgate-chained, and is not run: join the two, or delete one\n"
            ), "\(said)")
        #expect(said.contains("left: <folder>/project/.git/hooks/pre-merge-commit was added to"), "\(said)")
        #expect(try FileSystem.readText(hooks.appending("pre-push")) == "#!/bin/sh\necho third\n")
        #expect(try FileSystem.readText(hooks.appending("pre-push.headgate-chained")) == "#!/bin/sh\necho mine\n")
        #expect(try FileSystem.readText(hooks.appending("post-checkout")) == "#!/bin/sh\necho mine too\n")
        #expect(!FileSystem.exists(grown))
        let kept = try FileSystem.readBytes(hooks.appending("pre-merge-commit.headgate-changed"))
        #expect(kept == whole + Array("exec tool\n".utf8))
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "free again")
    }

    @Test("Hooks that are there go on working: same input, same arguments, same status")
    func chained() async throws {
        let playground = try await Playground()
        let folder = playground.repository.directory.path
        func script(_ text: String) -> String { "#!/bin/sh\n\(text)\n" }
        let hooks = [
            "pre-push": script(
                "cat > \(folder)/push.input; echo \"$@\" > \(folder)/push.arguments; exit ${PUSH_STATUS:-0}"),
            "reference-transaction": script(
                "[ $1 != prepared ] || cat >> \(folder)/references.input; exit ${REFERENCE_STATUS:-0}"),
            "post-checkout": script("echo \"$@\" >> \(folder)/checkouts; exit 3"),
            "commit-msg": script("echo from commit-msg >> \"$1\""),
        ]
        for (name, text) in hooks {
            let file = try playground.repository.write(".git/hooks/\(name)", text)
            try FileSystem.setMode(file, 0o755)
        }
        let before = try state(playground)
        try await playground.done("hooks", "install")
        try await playground.git("init", "--quiet", "--bare", "../remote.git")

        let switched = try await playground.tryGit("switch", "--create", "work")
        #expect(switched.termination == .exited(1), "as Git answers a post-checkout hook that fails")
        #expect(try FileSystem.readText(folder.appending("checkouts")).split(separator: " ").last == "1\n")
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "x")
        #expect(try await playground.git("log", "-1", "--format=%B").contains("from commit-msg"))
        let tip = try await playground.repository.tip("work")
        #expect(try FileSystem.readText(folder.appending("references.input")).contains("\(tip.hex) refs/heads/work\n"))

        try await playground.git("push", "--quiet", "../remote.git", "work")
        #expect(try FileSystem.readText(folder.appending("push.arguments")) == "../remote.git ../remote.git\n")
        let zeros = String(repeating: "0", count: 40)
        #expect(
            try FileSystem.readText(folder.appending("push.input"))
                == "refs/heads/work \(tip.hex) refs/heads/work \(zeros)\n")
        for (variable, arguments) in [
            ("PUSH_STATUS", ["push", "../remote.git", "work:other"]), ("REFERENCE_STATUS", ["branch", "other"]),
        ] {
            let vetoed = try await CommandRunner().run(
                Invocation(
                    "git", arguments, variables: playground.repository.variables.merging([variable: "7"]) { $1 },
                    directory: playground.path))
            #expect(!vetoed.succeeded, "\(arguments)")
        }
        try await playground.git("symbolic-ref", "HEAD", "refs/heads/main")
        let refused = try await playground.tryGit("commit", "--allow-empty", "--message", "x")
        #expect(refused.errorText.contains("`main` is protected"))
        try await playground.done("hooks", "uninstall")
        #expect(try state(playground) == before)
    }

    @Test("A hooks directory inside the working tree is refused unless told, then works from linked worktrees too")
    func inWorkTree() async throws {
        let playground = try await Playground()
        try await playground.git("config", "core.hooksPath", "tools/hooks")
        try FileSystem.makeDirectories(playground.path.appending("tools/hooks"))
        let refused = try await playground.headgate("hooks", "install")
        #expect(refused.status == 1)
        #expect(
            refused.errorOutput.hasSuffix(
                " mend: say that this is meant with --in-work-tree, or unset core.hooksPath\n"))
        #expect(try FileSystem.list(playground.path.appending("tools/hooks")).isEmpty)
        try await playground.done("hooks", "install", "--in-work-tree")
        let commit = try await playground.tryGit("commit", "--allow-empty", "--message", "x")
        #expect(commit.errorText.contains("`main` is protected"))
        try await playground.done("hooks", "uninstall")
        #expect(try FileSystem.list(playground.path.appending("tools/hooks")).isEmpty)
    }

    @Test("Without the program, protected branches stay shut and the others open")
    func missingProgram() async throws {
        let playground = try await Playground()
        try await playground.done("hooks", "install")
        try playground.repository.write(".git/headgate/program", "/nowhere/headgate\n")
        try await playground.git("switch", "--quiet", "--create", "work")
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "x")
        let refused = try await playground.tryGit("branch", "--force", "main", "work")
        #expect(!refused.succeeded)
        #expect(refused.errorText.contains("install headgate and run `headgate hooks install` in this repository"))
        let status = try await playground.headgate("hooks", "status")
        #expect(status.status == 1)
        #expect(
            status.errorOutput.hasPrefix("the hooks ask /nowhere/headgate, which is no program that can be run")
                && status.errorOutput.hasSuffix(" mend: headgate hooks install\n"), "\(status.errorOutput)")
        let doctor = try await playground.headgate("doctor")
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("the hooks ask /nowhere/headgate"), "\(doctor.output)")
        try await playground.done("hooks", "install")
        #expect(try FileSystem.readText(playground.path.appending(".git/headgate/program")).hasSuffix("/headgate\n"))
    }

    @Test("Hooks that run an older program say so, and what mends it; a look at them says it before")
    func outdatedProgram() async throws {
        let playground = try await Playground()
        try await playground.done("hooks", "install")
        try await setFormat(of: playground, "+ 90")
        try await playground.git("switch", "--quiet", "--create", "work")
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "x")
        let refused = try await playground.tryGit("branch", "--force", "main", "work")
        #expect(!refused.succeeded)
        #expect(refused.errorText.contains("  why: they run another Headgate, /"), "\(refused.errorText)")
        #expect(refused.errorText.contains(" mend: run `headgate hooks install` with the newer one"))
        try await setFormat(of: playground, "- 90")
        let other = try playground.repository.write(".git/other", "#!/bin/sh\necho 0.0.1\n")
        try FileSystem.setMode(other, 0o755)
        try playground.repository.write(".git/headgate/program", "\(other)\n")
        let status = try await playground.headgate("hooks", "status")
        #expect(status.status == 1)
        #expect(status.errorOutput.contains("/other (0.0.1), this is /"), "\(status.errorOutput)")
        try await playground.done("hooks", "install")
        try await playground.done("hooks", "status")
    }

    /// Makes the records those of a Headgate with another format.
    private func setFormat(of playground: Playground, _ change: String) async throws {
        let script = """
            import sqlite3, sys
            c = sqlite3.connect(sys.argv[1])
            found = c.execute("PRAGMA user_version").fetchone()[0]
            c.execute(f"PRAGMA user_version = {found \(change)}")
            c.commit()
            """
        let result = try await CommandRunner().run(
            Invocation(
                "python3", ["-c", script, playground.path.appending(".git/headgate/state.sqlite").string],
                variables: ["PATH": "/usr/bin:/bin"]))
        try #require(result.succeeded, "\(result.errorText)")
    }
}
