import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What the hooks refuse on a protected branch, in whose words, and what they leave alone.
@Suite("Protected branches")
struct ProtectedBranchTests {
    private static let refused = """
        error: `main` is protected: only `headgate merge` moves it
          why: what lands must have been tested

        """

    /// A project with hooks, the branch `work` two commits ahead of `main`, and `main` checked out.
    private func guarded() async throws -> Playground {
        let playground = try await Playground()
        try await playground.repository.branch("work")
        try await playground.repository.commit(["note.txt": "4,dan\n"], message: "One")
        try await playground.repository.commit(["note.txt": "5,eve\n"], message: "Two")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("hooks", "install")
        return playground
    }

    /// Runs `git`, which the hooks must refuse with exactly this remedy, and the commands that put things right, after
    /// which everything is as it was.
    private func expectRefusal(
        _ playground: Playground, _ arguments: [String], _ remedy: String, undo: [[String]] = [],
        problem: String = ProtectedBranchTests.refused, in directory: FilePath? = nil
    ) async throws {
        let before = try await state(playground, directory)
        let result = try await playground.repository.tryGit(arguments, in: directory)
        let said = "git \(arguments.joined(separator: " "))\n\(result.errorText)\(result.outputText)"
        #expect(!result.succeeded, "\(said)")
        let expected = problem + " mend: " + remedy.replacing("\n", with: "\n       ") + "\n"
        #expect(result.errorText.contains(expected), "\(said)\nexpected\n\(expected)")
        for command in undo {
            let undone = try await playground.repository.tryGit(command, in: directory)
            #expect(undone.succeeded, "git \(command.joined(separator: " ")) after \(said)\n\(undone.errorText)")
        }
        #expect(try await state(playground, directory) == before, "\(said)")
    }

    /// References, index and files.
    private func state(_ playground: Playground, _ directory: FilePath?) async throws -> [String] {
        [
            try await playground.git("for-each-ref", "refs/heads", "refs/remotes"),
            try await playground.git("symbolic-ref", "HEAD", in: directory),
            try await playground.git("status", "--porcelain", in: directory),
            try await playground.git("stash", "list"),
        ]
    }

    @Test("Merging by hand is refused, and what Git leaves behind is put right by the words of the message")
    func merges() async throws {
        let playground = try await guarded()
        try await expectRefusal(
            playground, ["merge", "work"],
            "`git reset --merge ORIG_HEAD` puts index and files back, then `headgate merge work`",
            undo: [["reset", "--merge", "ORIG_HEAD"]])
        let merged = """
            error: `main` is protected: only `headgate merge` merges into it
              why: what lands must have been tested

            """
        try await expectRefusal(
            playground, ["merge", "--no-ff", "work"], "`git merge --abort`, then `headgate merge work`",
            undo: [["merge", "--abort"]], problem: merged)
        try await expectRefusal(
            playground, ["merge", "--no-ff", "--no-verify", "work"], "`git merge --abort`, then `headgate merge work`",
            undo: [["merge", "--abort"]])
        try await expectRefusal(
            playground, ["pull", "--quiet", ".", "work"],
            "`git reset --merge ORIG_HEAD` puts index and files back, then `headgate merge work`",
            undo: [["reset", "--merge", "ORIG_HEAD"]])
        try await expectRefusal(
            playground, ["cherry-pick", "work~1"],
            "`git cherry-pick --abort`, then pick it on a branch and `headgate merge <branch>`",
            undo: [["cherry-pick", "--abort"]])
        let commit =
            "`git switch -c <branch>` takes your changes along: commit them there, then `headgate merge <branch>`"
        try await expectRefusal(playground, ["revert", "--no-edit", "HEAD"], commit, undo: [["reset", "--merge"]])
        try await expectRefusal(
            playground, ["rebase", "work"],
            "`git rebase --abort`, then make the change on a branch and `headgate merge work`",
            undo: [["rebase", "--abort"]])
        let patch = try await playground.git("format-patch", "--stdout", "main..work")
        let file = try playground.repository.directory.write("two.patch", patch + "\n")
        try await expectRefusal(
            playground, ["am", "--quiet", file.string],
            "`git am --abort`, then apply it on a branch and `headgate merge <branch>`",
            undo: [["am", "--abort"]])
    }

    @Test("Committing by hand is refused, and the changes are not lost")
    func commits() async throws {
        let playground = try await guarded()
        try playground.repository.write("new.txt", "mine\n")
        try await playground.git("add", "new.txt")
        let commit =
            "`git switch -c <branch>` takes your changes along: commit them there, then `headgate merge <branch>`"
        try await expectRefusal(playground, ["commit", "--message", "x"], commit)
        try await expectRefusal(playground, ["commit", "--no-verify", "--message", "x"], commit)
        try await expectRefusal(
            playground, ["commit", "--amend", "--message", "x"],
            "`git switch -c <branch>`, change it by a new commit there, then `headgate merge <branch>`")
        // As the message says:
        try await playground.git("switch", "--quiet", "--create", "kept")
        try await playground.git("commit", "--quiet", "--message", "x")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("merge", "kept")
        #expect(try FileSystem.readText(playground.path.appending("new.txt")) == "mine\n")
        #expect(try await playground.done("audit").contains("landed"))
    }

    @Test("Moving the branch by hand is refused")
    func moves() async throws {
        let playground = try await guarded()
        let reset = """
            make the change on a branch, then `headgate merge work`
            after `git reset --hard`: `git reset --merge ORIG_HEAD` puts index and files back; after another `git reset`: `git reset`
            """
        try await expectRefusal(
            playground, ["reset", "--hard", "work"], reset, undo: [["reset", "--merge", "ORIG_HEAD"]])
        try await expectRefusal(playground, ["reset", "--quiet", "work"], reset, undo: [["reset", "--quiet"]])
        try await expectRefusal(playground, ["update-ref", "refs/heads/main", "work"], reset)
        try await playground.done("merge", "work")
        try await expectRefusal(
            playground, ["reset", "--hard", "HEAD~1"],
            reset.replacing("headgate merge work", with: "headgate merge <branch>"),
            undo: [["reset", "--merge", "ORIG_HEAD"]])

        try await playground.git("switch", "--quiet", "work")
        try await playground.repository.commit(["note.txt": "6,flo\n"], message: "Three")
        let land = "`headgate merge work`"
        try await expectRefusal(playground, ["branch", "--force", "main", "work"], land)
        try await expectRefusal(playground, ["checkout", "-B", "main"], land)
        try await expectRefusal(playground, ["switch", "-C", "main"], land)
        try await expectRefusal(playground, ["update-ref", "refs/heads/main", "work"], land)
        try await expectRefusal(playground, ["fetch", ".", "+work:main"], land)
        try await expectRefusal(
            playground, ["push", ".", "+work:main"], "`headgate merge work` lands it; then push again",
            problem: "error: cannot push \(try await playground.repository.tip("work").short) to the protected `main`\n"
                + "  why: it did not pass the gate\n")
        let gone = "error: `main` is protected and cannot be deleted or renamed\n"
        let remedy = "take it out of `environments:` in headgate.yaml first, and land that"
        try await expectRefusal(playground, ["branch", "-D", "main"], remedy, problem: gone)
        try await expectRefusal(playground, ["update-ref", "-d", "refs/heads/main"], remedy, problem: gone)
        try await playground.git("pack-refs", "--all")
        try await expectRefusal(playground, ["branch", "-D", "main"], remedy, problem: gone)
        let logs = playground.path.appending(".git/logs/refs")
        let moved = logs.appending(".tmp-renamed-log").string
        try await expectRefusal(
            playground, ["branch", "--move", "main", "trunk"],
            remedy + "\nafter `git branch -m`: `mv \(moved) \(logs.appending("heads/main"))` puts the reflog back",
            problem: gone)
        try FileSystem.rename(FilePath(moved), to: logs.appending("heads/main"), replacing: true)
        #expect(try await playground.git("reflog", "main").contains("Begin"))
        #expect(try await playground.done("audit").contains("landed"))
    }

    @Test("What does not move a protected branch past the gate is left alone")
    func undisturbed() async throws {
        let playground = try await guarded()
        let path = playground.path
        for arguments in [
            ["reset", "--hard"], ["stash"], ["gc", "--quiet"], ["pack-refs", "--all", "--prune"], ["fetch", "."],
            ["tag", "v1"], ["worktree", "add", "--quiet", "../other", "work"], ["branch", "spare"],
            ["branch", "--move", "spare", "second"], ["branch", "-D", "second"], ["fsck"],
            ["repack", "-a", "-d", "-q"],
            ["update-ref", "refs/heads/main", "main"], ["merge", "main"], ["merge", "--squash", "work"],
            ["reset", "--merge"],
        ] {
            let result = try await playground.repository.tryGit(arguments)
            #expect(result.succeeded, "git \(arguments)\n\(result.errorText)")
            #expect(!result.errorText.contains("protected"), "git \(arguments)\n\(result.errorText)")
        }
        try playground.repository.write("note.txt", "dirty\n")
        try await playground.git("stash", "--quiet")
        try await playground.git("stash", "pop", "--quiet")
        #expect(try FileSystem.readText(path.appending("note.txt")) == "dirty\n")
        try await playground.git("reset", "--quiet", "--hard")

        let other = playground.repository.directory.path("other")
        try await playground.repository.commit(["a": "a"], in: other)
        try await playground.git("commit", "--quiet", "--amend", "--message", "Again", in: other)
        try await playground.git("rebase", "--quiet", "--force-rebase", "main", in: other)
        try await playground.git("reset", "--quiet", "--hard", "HEAD~1", in: other)
        try await playground.git("cherry-pick", "--quiet", "ORIG_HEAD", in: other)
        try await playground.git("switch", "--quiet", "--create", "third", in: other)
        try await playground.git("merge", "--quiet", "--no-ff", "--message", "m", "work", in: other)
        #expect(try await playground.done("audit").hasPrefix("bootstrap"))
    }

    @Test("What landed upstream arrives by pull; what diverged goes through the gate")
    func upstream() async throws {
        let playground = try await guarded()
        let folder = playground.repository.directory
        try await playground.git("clone", "--quiet", "--bare", ".", "../upstream.git")
        try await playground.git("remote", "add", "origin", "../upstream.git")
        try await playground.git("fetch", "--quiet", "origin")
        try await playground.git("branch", "--quiet", "--set-upstream-to=origin/main", "main")
        try await playground.git("clone", "--quiet", "../upstream.git", "../colleague")
        let colleague = folder.path("colleague")
        try await playground.repository.commit(["theirs": "1\n"], in: colleague)
        try await playground.git("push", "--quiet", in: colleague)
        try await playground.git("pull", "--quiet", "--ff-only")
        #expect(try await playground.done("audit").contains("upstream-unverified"))

        try await playground.done("merge", "work")
        try await playground.repository.commit(["theirs": "2\n"], in: colleague)
        try await playground.git("push", "--quiet", in: colleague)
        try await playground.git("fetch", "--quiet")
        let merged = """
            error: `main` is protected: only `headgate merge` merges into it
              why: what lands must have been tested

            """
        try await expectRefusal(
            playground, ["pull", "--no-rebase", "--quiet"],
            "`git merge --abort`, then `git branch upstream origin/main` and `headgate merge upstream`",
            undo: [["merge", "--abort"]], problem: merged)
        try await expectRefusal(
            playground, ["pull", "--rebase", "--quiet"],
            "`git rebase --abort`, then make the change on a branch and `headgate merge <branch>`",
            undo: [["rebase", "--abort"]])
        try await playground.branch("more", ["more": "more\n"])
        let refused = try await playground.headgate("merge", "more")
        #expect(
            refused.transcript(in: playground) == """
                error: `main` lacks 1 commit of origin/main
                  why: what is tested must be what lands there
                 mend: the two have diverged: `git branch upstream origin/main`, then `headgate merge upstream`, and try again
                exit 1

                """)
        try await playground.git("branch", "--quiet", "upstream", "origin/main")
        try await playground.done("merge", "upstream")
        try await playground.done("merge", "more")
        try await playground.git("push", "--quiet", "origin", "main")
        try await playground.done("audit")
    }

    @Test("A repository begins, is cloned and fetched with hooks in place")
    func beginnings() async throws {
        let playground = try await guarded()
        // The hooks of a template directory are in place before the first commit is.
        let hooks = playground.path.appending(".git/hooks")
        let fresh = try playground.repository.directory.makeDirectory("fresh")
        try await playground.git("init", "--quiet", "--initial-branch=main", in: fresh)
        try await playground.git("config", "core.hooksPath", hooks.string, in: fresh)
        try FileSystem.makeDirectories(fresh.appending(".git/headgate"))
        for name in ["protected", "program"] {
            try FileSystem.replace(
                fresh.appending(".git/headgate").appending(name),
                withText: FileSystem.readText(playground.path.appending(".git/headgate").appending(name)))
        }
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "First", in: fresh)
        let second = try await playground.tryGit("commit", "--allow-empty", "--message", "Second", in: fresh)
        #expect(second.errorText.contains("`main` is protected"))
        // A repository that fetches for the first time has no protected branch yet.
        let cloned = try playground.repository.directory.makeDirectory("cloned")
        try await playground.git("clone", "--quiet", "--no-checkout", playground.path.string, ".", in: cloned)
        try await playground.git("switch", "--quiet", "--orphan", "nothing", in: cloned)
        try await playground.git("branch", "-D", "main", in: cloned)
        try await playground.git("switch", "--quiet", "--create", "mine", "origin/work", in: cloned)
        try await playground.done("hooks", "install", in: cloned)
        try await playground.git("branch", "main", "origin/main", in: cloned)
        // A protected branch may be made where the gate's commits are, and nowhere else.
        try await playground.git("switch", "--quiet", "work")
        let odd = Playground.configuration.replacing(
            "- match: main", with: "- match: release\n    protected: true\n  - match: main")
        try await playground.repository.commit(["headgate.yaml": odd])
        try await playground.git("switch", "--quiet", "main")
        try await playground.done(
            "merge", "work", "--acknowledge", "setting:environments", "--reason", "we release now")
        let released = try await playground.tryGit("branch", "release", "main")
        #expect(released.succeeded, "\(released.errorText)")
        try await playground.git("-c", "core.hooksPath=/dev/null", "branch", "-D", "release")
        try await playground.branch("unlanded", ["x": "x"])
        let refused = try await playground.tryGit("branch", "release", "unlanded")
        #expect(
            refused.errorText.hasPrefix(
                "error: `release` is protected and cannot be created here\n"
                    + "  why: its commit is in no protected branch and not in its upstream\n"), "\(refused.errorText)")
    }
}
