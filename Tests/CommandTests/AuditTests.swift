import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Commits that went round the gate are named until somebody answers for them.
@Suite("Audit")
struct AuditTests {
    private func guarded() async throws -> Playground {
        let playground = try await Playground()
        try await playground.done("hooks", "install")
        return playground
    }

    /// `status` and `audit` must name the tip of `main`, and stop doing so once it is accepted.
    private func expectNamed(_ playground: Playground, _ how: String) async throws {
        let tip = try await playground.repository.tip()
        for command in ["status", "audit"] {
            let plain = try await playground.headgate(command)
            #expect(plain.status == 1, "\(how)")
            #expect(plain.output.contains("UNGATED  \(tip.short) on main"), "\(how)\n\(plain.output)")
            let answered = try await playground.headgate(command, "--json")
            #expect(answered.status == 1, "\(how)")
            let document = try JSON(answered.output)
            let named =
                command == "status"
                ? document["audit"]["ungated"].texts
                : document["branches"][0]["commits"].items.filter { $0["state"].text == "UNGATED" }.compactMap {
                    $0["oid"].text
                }
            #expect(named == [tip.hex], "\(how)")
        }
        let doctor = try await playground.headgate("doctor")
        #expect(doctor.status == 1, "\(how)")
        let silent = try await playground.headgate("audit", "--accept", tip.hex)
        #expect(silent.status == 64, "an answer needs a reason")
        try await playground.done("audit", "--accept", tip.hex, "--reason", how)
        try await playground.done("status")
        #expect(try await playground.done("audit").contains("accepted  \(tip.short) on main"), "\(how)")
    }

    @Test("A fast-forward to a branch that had merged the target hides nothing that stood there before")
    func fastForwardOverMerge() async throws {
        let playground = try await guarded()
        try await playground.branch("landed", ["landed.txt": "1\n"])
        try await playground.done("merge", "landed")
        let landed = try await playground.repository.tip()
        try await playground.git("branch", "side")
        try playground.repository.write("round.txt", "1\n")
        try await playground.git("add", "round.txt")
        try await playground.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message", "x")
        let ungated = try await playground.repository.tip()
        try await playground.git("switch", "--quiet", "side")
        try await playground.repository.commit(["side.txt": "1\n"])
        try await playground.git("merge", "--quiet", "--no-edit", "main")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("merge", "side", "--method", "ff")
        let audit = try await playground.headgate("audit")
        #expect(audit.status == 1)
        #expect(audit.output.contains("UNGATED  \(ungated.short) on main"), "\(audit.output)")
        #expect(audit.output.contains("landed  \(landed.short) on main\n"), "\(audit.output)")
        #expect(try await playground.headgate("status").status == 1)
        try await playground.done("audit", "--accept", ungated.hex, "--reason", "known")
        try await playground.done("status")
    }

    @Test("Each way round the hooks is found")
    func waysRound() async throws {
        let playground = try await guarded()
        let hook = playground.path.appending(".git/hooks/reference-transaction")
        let none = ["commit", "--quiet", "--allow-empty", "--message", "x"]

        try await playground.repository.git(["-c", "core.hooksPath=/dev/null"] + none)
        try await expectNamed(playground, "core.hooksPath")

        let counted = try await CommandRunner().run(
            Invocation(
                "git", none,
                variables: playground.repository.variables.merging(
                    ["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "/dev/null"]
                ) { $1 }, directory: playground.path))
        #expect(counted.succeeded)
        try await expectNamed(playground, "GIT_CONFIG_COUNT")

        try FileSystem.setMode(hook, 0o644)
        try await playground.repository.git(none)
        #expect(try await playground.headgate("hooks", "status").status == 1)
        try await expectNamed(playground, "a hook without its execute bit")
        try await playground.done("hooks", "install")
        try await playground.done("hooks", "status")

        let commit = try await playground.git("commit-tree", "-p", "main", "-m", "by hand", "main^{tree}")
        try FileSystem.replace(playground.path.appending(".git/refs/heads/main"), withText: commit + "\n")
        try await expectNamed(playground, "a reference written by hand")

        try await playground.repository.branch("side")
        try await playground.repository.git(none)
        try await playground.git("branch", "-C", "side", "main")
        try await expectNamed(playground, "branch -C")

        try FileSystem.remove(hook)
        try await playground.git("switch", "--quiet", "main")
        try await playground.repository.git(none)
        try await expectNamed(playground, "a hook that was deleted")
    }

    @Test("Answers outlive the state directory")
    func withoutState() async throws {
        let playground = try await guarded()
        try await playground.branch("work", ["note.txt": "4,dan\n"])
        try await playground.done("merge", "work")
        try await playground.git(
            "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--allow-empty", "--message", "x")
        try await playground.done("audit", "--accept", "main", "--reason", "a hotfix")
        let before = try await playground.done("audit")
        try FileSystem.removeTree(playground.path.appending(".git/headgate"), within: playground.path)
        #expect(try await playground.done("audit") == before)
        #expect(before.split(separator: "\n").map { $0.prefix { $0 != " " } } == ["accepted", "landed", "bootstrap"])
    }

    @Test("A branch that went back behind its audited tip is named until that is answered for")
    func rewound() async throws {
        let playground = try await guarded()
        for name in ["one", "two"] {
            try await playground.branch(name, [name: name])
            try await playground.done("merge", name, "--method", "squash")
        }
        let lost = try await playground.repository.tip()
        let base = try await playground.repository.tip("main~2")
        try await playground.git("-c", "core.hooksPath=/dev/null", "reset", "--quiet", "--hard", base.hex)
        for attempt in 0...1 {
            let audit = try await playground.headgate("audit")
            #expect(audit.status == 1)
            #expect(audit.output.hasPrefix("REWOUND  \(lost.short) is not on main any more\n"), "\(audit.output)")
            let status = try await playground.headgate("status", "--json")
            #expect(status.status == 1)
            #expect(try JSON(status.output)["audit"]["rewound"].texts == ["main"])
            if attempt == 0 {
                try FileSystem.removeTree(playground.path.appending(".git/headgate"), within: playground.path)
            }
        }
        try await playground.done("audit", "--accept", "main", "--reason", "two did not belong there")
        try await playground.done("status")

        // The bootstrap commit was a tip as well, and an earlier answer is none to a later question.
        let first = try await playground.git("commit-tree", "-m", "another beginning", "main^{tree}")
        try await playground.git("-c", "core.hooksPath=/dev/null", "reset", "--quiet", "--hard", first)
        let again = try await playground.headgate("audit")
        #expect(again.status == 1)
        #expect(again.output.hasPrefix("REWOUND  \(base.short) is not on main any more\n"), "\(again.output)")
        try await playground.done("audit", "--accept", base.hex, "--reason", "begun anew")
        let nothing = try await playground.headgate("audit", "--accept", lost.hex, "--reason", "x")
        #expect(nothing.status == 1)
    }

    @Test("Deleting the records hides neither a rewind nor itself")
    func deletedRecords() async throws {
        let playground = try await guarded()
        try await playground.branch("one", ["one": "1"])
        try await playground.done("merge", "one")
        let lost = try await playground.repository.tip()
        let base = try await playground.repository.tip("main~1")
        func deleteRecords() async throws {
            let names = try await playground.git("for-each-ref", "--format=%(refname)", "refs/headgate")
            for name in names.split(separator: "\n") { try await playground.git("update-ref", "-d", String(name)) }
        }
        try await deleteRecords()
        var audit = try await playground.headgate("audit")
        #expect(audit.status == 1)
        #expect(audit.output.contains("MISSING  the record of \(lost.short) on main was deleted"), "\(audit.output)")
        #expect(audit.output.contains("UNGATED  \(lost.short) on main"))

        try await playground.git("-c", "core.hooksPath=/dev/null", "reset", "--quiet", "--hard", base.hex)
        audit = try await playground.headgate("audit")
        #expect(audit.status == 1)
        #expect(audit.output.contains("REWOUND  \(lost.short) is not on main any more"), "\(audit.output)")
        #expect(try await playground.headgate("status").status == 1)
        let document = try JSON(try await playground.headgate("audit", "--json").output)
        #expect(document["branches"][0]["rewound"].flag == true)
        for commit in document["branches"][0]["unrecorded"].texts {
            try await playground.done("audit", "--accept", commit, "--reason", "begun anew")
        }
        if try await playground.headgate("audit").status != 0 {
            try await playground.done("audit", "--accept", "main", "--reason", "begun anew")
        }
        try await playground.done("audit")
        try await playground.done("status")
    }

    @Test("A branch cannot take itself out of the gate's sight by its own configuration")
    func ownConfiguration() async throws {
        let playground = try await guarded()
        let weak = Playground.configuration.replacing("match: main\n    protected: true", with: "match: main")
        try await playground.branch("weak", ["headgate.yaml": weak])
        try await playground.git("switch", "--quiet", "weak")
        try await playground.done("hooks", "install")
        let direct = try await playground.tryGit("update-ref", "refs/heads/main", "weak")
        #expect(direct.errorText.contains("`main` is protected"))
        try await playground.git("-c", "core.hooksPath=/dev/null", "branch", "--force", "main", "weak")
        for branch in ["weak", "main"] {
            try await playground.git("switch", "--quiet", branch)
            let audit = try await playground.headgate("audit")
            #expect(audit.status == 1, "on \(branch)")
            #expect(audit.output.hasPrefix("UNGATED"), "\(audit.output)")
        }
        try await playground.done("hooks", "install")
        let again = try await playground.tryGit("commit", "--allow-empty", "--message", "x")
        #expect(again.errorText.contains("`main` is protected"), "\(again.errorText)")
    }

    @Test("Where the policy only observes, hooks report what they would have refused")
    func observing() async throws {
        let playground = try await Playground(Playground.configuration + "gate: {mode: observe}\n")
        try await playground.done("hooks", "install")
        let commit = try await playground.tryGit("commit", "--allow-empty", "--message", "x")
        #expect(commit.succeeded)
        #expect(
            commit.errorText.hasPrefix(
                "headgate would have refused: `main` is protected: only `headgate merge` moves it\n"))
        try await playground.git("init", "--quiet", "--bare", "../remote.git")
        let push = try await playground.tryGit("push", "--quiet", "../remote.git", "main")
        #expect(push.succeeded)
        #expect(push.errorText.hasPrefix("headgate would have refused: cannot push"), "\(push.errorText)")
        #expect(try await playground.headgate("audit").status == 1)
        // The mode is that of the protected branch, not of whatever is checked out.
        try await playground.branch("strict", ["headgate.yaml": Playground.configuration])
        try await playground.git("switch", "--quiet", "strict")
        #expect(try await playground.tryGit("branch", "--force", "main", "strict").succeeded)
        try await playground.branch("loose", ["headgate.yaml": Playground.configuration + "gate: {mode: observe}\n"])
        try await playground.git("switch", "--quiet", "loose")
        #expect(try await playground.tryGit("branch", "--force", "main", "loose").succeeded == false)
    }
}
