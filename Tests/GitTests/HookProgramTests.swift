import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

/// `headgate-hook`, called as Git calls it, with a script in the place of `headgate`.
@Suite struct HookProgramTests {
    let fixture: TemporaryRepository
    let directory: FilePath
    let log: FilePath

    init() async throws {
        fixture = try await TemporaryRepository()
        directory = fixture.path.appending(".git").appending("hooks")
        log = fixture.directory.path("log")
        try FileSystem.makeDirectories(directory)
        let program = try await builtHookProgram()
        for hook in HookName.allCases {
            try FileSystem.replace(directory.appending(hook.rawValue), with: try FileSystem.readBytes(program), mode: 0o755)
        }
        // It writes down how it was called, and refuses where a file says so.
        let script = try fixture.directory.write(
            "headgate",
            """
            #!/bin/sh
            { echo "$@"; echo "marker=$HEADGATE_HOOK"; cat; } >> '\(log)'
            [ ! -e '\(log).refuse' ]

            """, mode: 0o755)
        try ProtectedPatterns(["main", "release/*"]).save(fixture.layout())
        try FileSystem.replace(fixture.path.appending(".git/headgate/program"), withText: script.string + "\n")
    }

    private var calls: String { (try? FileSystem.readText(log)) ?? "" }

    private func refuse() throws { try FileSystem.replace(FilePath(log.string + ".refuse"), withText: "") }

    @Test("Unprotected references start nothing; protected ones ask, with what Git said")
    func filters() async throws {
        try await fixture.git("branch", "topic")
        try await fixture.git("branch", "mainly")
        try await fixture.git("tag", "release/1")
        try await fixture.git("update-ref", "refs/remotes/origin/main", "HEAD")
        #expect(calls == "")
        try await fixture.git("branch", "release/1/2")
        let tip = try await fixture.tip()
        let zero = String(repeating: "0", count: 40)
        #expect(calls == "hook reference-transaction prepared\nmarker=reference-transaction\n\(zero) \(tip) refs/heads/release/1/2\n")
        try refuse()
        #expect(try await fixture.tryGit(["branch", "release/2"]).succeeded == false)
        #expect(try await fixture.tryGit(["rev-parse", "--verify", "release/2"]).succeeded == false)
        try await fixture.git("branch", "topic2")
    }

    @Test("A commit on main from a linked worktree asks as well")
    func linkedWorktree() async throws {
        try await fixture.git("switch", "--quiet", "-c", "topic")
        let linked = fixture.directory.path("linked")
        try await fixture.git("worktree", "add", "--quiet", linked.string, "main")
        try FileSystem.remove(log)
        try refuse()
        #expect(try await fixture.tryGit(["commit", "--allow-empty", "-m", "x"], in: linked).succeeded == false)
        #expect(calls.contains("refs/heads/main"))
    }

    @Test("Without the program, protected branches are closed with instructions and all others open", arguments: [0, 1, 2])
    func missingProgram(kind: Int) async throws {
        let program = fixture.path.appending(".git/headgate/program")
        switch kind {
        case 0: try FileSystem.remove(program)
        case 1: try FileSystem.replace(program, withText: "/nonexistent/headgate\n")
        default: try FileSystem.replace(program, withText: "headgate\n")  // Never looked up in PATH.
        }
        try await fixture.git("branch", "topic")
        let result = try await fixture.tryGit(["commit", "--allow-empty", "-m", "x"])
        #expect(!result.succeeded)
        #expect(result.errorText.contains("headgate hooks install"))
        try await fixture.git("switch", "--quiet", "topic")
        try await fixture.git("commit", "--quiet", "--allow-empty", "-m", "x")
    }

    @Test("A list that is missing, emptied or cut short protects main and master", arguments: [
        nil, "", "refs/heads/other\n", "# headgate protected\nrefs/heads/oth", "# headgate prot",
    ])
    func damagedList(text: String?) async throws {
        let list = fixture.path.appending(".git/headgate/protected")
        if let text { try FileSystem.replace(list, withText: text) } else { try FileSystem.remove(list) }
        try refuse()
        #expect(try await fixture.tryGit(["commit", "--allow-empty", "-m", "x"]).succeeded == false)
        try await fixture.git("branch", "other")
        #expect(try ProtectedPatterns.load(fixture.layout()) == .fallback)
    }

    @Test("A whole list that names nothing protects nothing")
    func emptyList() async throws {
        try ProtectedPatterns([]).save(fixture.layout())
        try refuse()
        try await fixture.git("commit", "--quiet", "--allow-empty", "-m", "x")
        #expect(try ProtectedPatterns.load(fixture.layout()).references.isEmpty)
    }

    @Test("The hook and the library match patterns alike", arguments: [
        ("main", "main", true), ("main", "mainly", false), ("*", "a/b", true), ("release/*", "release", false),
        ("release/*", "release/a/b", true), ("*-stable", "x-stable", true), ("*-stable", "x-stable-2", false),
        ("a*b*c", "a/x/b/y/c", true), ("a*b*c", "a/x/b", false), ("é", "e\u{301}", false), ("m?in", "main", false),
        ("refs/heads/full", "full", true),
    ] as [(String, String, Bool)])
    func patterns(pattern: String, name: String, expected: Bool) async throws {
        let patterns = ProtectedPatterns([pattern])
        #expect(patterns.matches("refs/heads/" + name) == expected)
        try patterns.save(fixture.layout())
        try refuse()
        let zero = String(repeating: "0", count: 40)
        let result = try await call("reference-transaction", ["prepared"], "\(zero) \(zero) refs/heads/\(name)\n")
        #expect(result.succeeded == !expected)
    }

    @Test("Only `prepared` is looked at; lines of another shape ask")
    func states() async throws {
        let tip = try await fixture.tip()
        let line = "\(tip) \(tip) refs/heads/main\n"
        for state in ["committed", "aborted", "preparing", ""] {
            #expect(try await call("reference-transaction", [state], line).succeeded)
        }
        #expect(try await call("reference-transaction", [], line).succeeded)
        #expect(calls == "")
        for odd in ["nonsense\n", "a b\n", "\(tip) \(tip) refs/heads/main", "\(tip) ref:refs/heads/x refs/heads/main\n"] {
            try FileSystem.remove(log)
            #expect(try await call("reference-transaction", ["prepared"], odd).succeeded)
            #expect(calls.hasSuffix(odd))
        }
    }

    @Test("Ten thousand references pass through unchanged")
    func large() async throws {
        let tip = try await fixture.tip()
        let lines = (0..<10_000).map { "\(tip) \(tip) refs/heads/branch-\($0)\n" }.joined() + "\(tip) \(tip) refs/heads/main\n"
        #expect(try await call("reference-transaction", ["prepared"], lines).succeeded)
        #expect(calls == "hook reference-transaction prepared\nmarker=reference-transaction\n" + lines)
    }

    @Test("The hook that was there before gets the same, first, and its refusal stands", arguments: ["", "beneath"])
    func chains(place: String) async throws {
        let other = fixture.directory.path("other")
        let chained = place.isEmpty ? "reference-transaction.headgate-chained" : "headgate-chained/reference-transaction"
        try FileSystem.makeDirectories(directory.pushing(FilePath(chained)).removingLastComponent())
        try FileSystem.replace(
            directory.pushing(FilePath(chained)),
            withText: "#!/bin/sh\n{ echo \"$@\"; cat; } >> '\(other)'\nexit $(cat '\(other).status' || echo 0)\n", mode: 0o755)
        let tip = try await fixture.tip()
        for (reference, isProtected) in [("refs/heads/topic", false), ("refs/heads/main", true)] {
            for status in [0, 7] {
                try FileSystem.remove(other)
                try FileSystem.remove(log)
                try FileSystem.replace(FilePath(other.string + ".status"), withText: "\(status)")
                let result = try await call("reference-transaction", ["prepared"], "\(tip) \(tip) \(reference)\n")
                #expect(result.termination == .exited(Int32(status)))
                #expect(try FileSystem.readText(other) == "prepared\n\(tip) \(tip) \(reference)\n")
                #expect(calls.isEmpty == !(isProtected && status == 0))
            }
        }
        try FileSystem.remove(other)
        _ = try await call("reference-transaction", ["committed"], "\(tip) \(tip) refs/heads/main\n")
        #expect(try FileSystem.readText(other).hasPrefix("committed\n"))
    }

    @Test("A chained hook that calls us by an older name is not called again")
    func circle() async throws {
        let ours = directory.appending("pre-push")
        try FileSystem.rename(ours, to: directory.appending("pre-push.legacy"))
        let script = "#!/bin/sh\necho x >> '\(log)'\nexec \"$(dirname \"$0\")/pre-push.legacy\" \"$@\"\n"
        try FileSystem.replace(ours, withText: script, mode: 0o755)
        try FileSystem.replace(directory.appending("pre-push.headgate-chained"), withText: script, mode: 0o755)
        let result = try await CommandRunner().run(
            Invocation(
                ours.string, ["origin", "url"], variables: fixture.variables, directory: fixture.path,
                timeLimit: TimeSpan(seconds: 10)))
        #expect(result.succeeded)
        #expect(calls == "x\nx\n")
    }

    @Test("A hook that Headgate itself causes does nothing")
    func recursion() async throws {
        try refuse()
        let tip = try await fixture.tip()
        let result = try await call(
            "reference-transaction", ["prepared"], "\(tip) \(tip) refs/heads/main\n", ["HEADGATE_HOOK": "x"])
        #expect(result.succeeded)
        #expect(calls == "")
    }

    @Test("pre-push asks about the remote's branches, pre-merge-commit about the one checked out, post-checkout about switches")
    func otherHooks() async throws {
        let tip = try await fixture.tip()
        _ = try await call("pre-push", ["origin", "url"], "refs/heads/topic \(tip) refs/heads/topic \(tip)\n")
        _ = try await call("post-checkout", [tip.hex, tip.hex, "0"], "")
        #expect(calls == "")
        _ = try await call("pre-push", ["origin", "url"], "refs/heads/topic \(tip) refs/heads/main \(tip)\n")
        _ = try await call("post-checkout", [tip.hex, tip.hex, "1"], "")
        _ = try await call("pre-merge-commit", [], "")
        #expect(
            calls.split(separator: "\n").filter { $0.hasPrefix("hook") }
                == ["hook pre-push origin url", "hook post-checkout \(tip) \(tip) 1", "hook pre-merge-commit"])
        try FileSystem.remove(log)
        try await fixture.git("switch", "--quiet", "-c", "topic")
        try FileSystem.remove(log)
        _ = try await call("pre-merge-commit", [], "")
        #expect(calls == "")
    }

    private func call(
        _ hook: String, _ arguments: [String], _ input: String, _ extra: [String: String] = [:]
    ) async throws -> CommandResult {
        try await CommandRunner().run(
            Invocation(
                directory.appending(hook).string, arguments,
                variables: fixture.variables.merging(extra) { $1 }, directory: fixture.path, input: .text(input)))
    }
}
