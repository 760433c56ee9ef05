import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Environments whose branches and workspaces change behind Headgate's back, and work that must not be lost.
@Suite("Environments")
struct LifecycleTests {
    @Test("An environment follows the renaming of its branch, and is not taken for one without a branch")
    func renamed() async throws {
        let playground = try await Playground()
        try await playground.done("switch", "-c", "work")
        try playground.repository.write("mine.txt", "mine", in: playground.workspace("work"))
        try await playground.git("branch", "--move", "work", "better")
        let prune = try await playground.headgate("prune", "--yes")
        #expect(prune.transcript(in: playground) == "nothing is expired\nexit 0\n")
        let list = try JSON(try await playground.done("env", "list", "--json"))
        #expect(list["environments"].items.map { $0["branch"].text } == ["better"])
        #expect(list["environments"][0]["workspace"].text == playground.workspace("work").string)
        #expect(try await playground.done("switch", "better") == playground.workspace("work").string + "\n")
        try await playground.done("env", "remove", "--force", "better")
        #expect(try await playground.done("env", "undelete", "better") == playground.workspace("work").string + "\n")
        #expect(try FileSystem.readText(playground.workspace("work").appending("mine.txt")) == "mine")
    }

    @Test(
        "A branch that only a remote has is made there and follows it, as with `git switch`",
        arguments: [[], ["--here"]])
    func guessed(options: [String]) async throws {
        let playground = try await Playground()
        let commit = try await playground.branch("theirs", ["note.txt": "4,dan\n"])
        let folder = playground.repository.directory.path
        for name in ["origin", "backup"] {
            try await playground.git(
                "clone", "--quiet", "--bare", playground.path.string, folder.appending(name).string)
        }
        try await playground.git("branch", "-D", "theirs")
        try await playground.git("remote", "add", "-f", "origin", folder.appending("origin").string)
        let switched = try await playground.program.run(["switch", "theirs"] + options, in: playground.path)
        #expect(switched.status == 0, "\(switched.errorOutput)")
        #expect(try await playground.git("rev-parse", "theirs") == commit.hex)
        #expect(try await playground.git("rev-parse", "--abbrev-ref", "theirs@{upstream}") == "origin/theirs")

        try await playground.git("remote", "add", "-f", "backup", folder.appending("backup").string)
        try await playground.git("push", "--quiet", "origin", "main:other")
        try await playground.git("push", "--quiet", "backup", "main:other")
        try await playground.git("fetch", "--quiet", "--all")
        let several = try await playground.headgate("switch", "other")
        #expect(
            several.transcript(in: playground) == """
                error: there is no branch `other` here, and more than one remote has it
                  why: it is on backup, origin
                 mend: say which: `headgate switch -c other --at backup/other`
                exit 1

                """)
    }

    @Test("A workspace that was deleted by hand is told, and made again")
    func deleted() async throws {
        let playground = try await Playground()
        try await playground.done("switch", "-c", "work")
        let workspace = playground.workspace("work")
        try FileSystem.removeTree(workspace, within: workspace.removingLastComponent())
        for arguments in [["switch", "work"], ["run", "--env", "work"], ["exec", "--env", "work", "--", "true"]] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(
                outcome.transcript(in: playground) == """
                    error: the workspace of `work` is gone
                      why: <folder>/project.envs/work is not there any more
                     mend: if you moved it: `git worktree repair <where it is now>`; if it is gone: `headgate env remove work`, \
                    then `headgate switch work`
                    exit 1

                    """)
        }
        #expect(try await playground.headgate("doctor").status == 1)
        try await playground.done("env", "remove", "work")
        #expect(try await playground.done("switch", "work") == workspace.string + "\n")
        #expect(try await playground.headgate("doctor").status == 0)
    }

    @Test("A workspace that was moved by hand is found once Git knows")
    func moved() async throws {
        let playground = try await Playground()
        try await playground.done("switch", "-c", "work")
        let place = playground.repository.directory.path("elsewhere")
        try playground.repository.write("note.txt", "4,dan\n", in: playground.workspace("work"))
        try await playground.git("add", "note.txt", in: playground.workspace("work"))
        try FileSystem.rename(playground.workspace("work"), to: place, replacing: false)
        try await playground.git("worktree", "repair", place.string)
        #expect(try await playground.done("switch", "work") == place.string + "\n")
        #expect(try await playground.git("status", "--porcelain", in: place) == "M  note.txt")
        try await playground.done("run", "--env", "work")
        #expect(try await playground.headgate("doctor").status == 0)
    }

    @Test("A workspace that Git moved is followed by whatever comes next, its removal included")
    func movedByGit() async throws {
        let playground = try await Playground()
        try await playground.done("switch", "-c", "work")
        let place = playground.repository.directory.path("elsewhere")
        try await playground.git("worktree", "move", playground.workspace("work").string, place.string)
        let listed = try JSON(try await playground.done("env", "list", "--json"))["environments"][0]
        #expect(listed["workspace"].text == place.string && listed["missing"].flag == false, "\(listed)")
        let again = playground.repository.directory.path("again")
        try await playground.git("worktree", "move", place.string, again.string)
        try playground.repository.write("new.txt", "n", in: again)
        let refused = try await playground.headgate("env", "remove", "work")
        #expect(refused.errorOutput.contains("new.txt is untracked"), "\(refused.errorOutput)")
        try await playground.done("env", "remove", "--force", "work")
        #expect(!FileSystem.exists(again))
        try await playground.done("env", "undelete", "work")
        #expect(try FileSystem.readText(again.appending("new.txt")) == "n")
    }

    @Test(
        "What is left of working trees of the user's goes: on request without its worktree, by itself without its branch"
    )
    func leftOfUsers() async throws {
        let playground = try await Playground()
        let place = playground.repository.directory.path("mine")
        try await playground.git("worktree", "add", "--quiet", "-b", "mine", place.string)
        try await playground.done("run", in: place)
        #expect(try await playground.headgate("env", "remove", "mine").status == 1)
        try await playground.git("worktree", "remove", "--force", place.string)
        try await playground.done("env", "remove", "mine")
        try await playground.git("switch", "--quiet", "-c", "parked")
        try await playground.done("run")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("run")
        #expect(try await playground.done("env", "list").contains("parked"))
        try await playground.done("prune", "--yes")
        #expect(try await playground.done("env", "list").contains("parked"))
        try await playground.git("branch", "--quiet", "-D", "parked")
        let pruned = try await playground.headgate("prune", "--yes")
        #expect(pruned.errorOutput.contains("removed parked (branch-deleted)"), "\(pruned.errorOutput)")
        #expect(!pruned.errorOutput.contains("undelete"))
        let left = try JSON(try await playground.done("env", "list", "--json"))["environments"].items
        #expect(left.map { $0["branch"].text } == ["main"])
    }

    @Test("Removal is refused for each kind of work in it, with its own sentence")
    func refusals() async throws {
        let playground = try await Playground()
        let workspace = playground.workspace("work")
        try await playground.done("switch", "-c", "work")
        func reasons() async throws -> String {
            let outcome = try await playground.headgate("env", "remove", "work")
            #expect(outcome.status == 1)
            #expect(FileSystem.isDirectory(workspace))
            return playground.marked(outcome.errorOutput)
        }
        try playground.repository.write("note.txt", "changed\n", in: workspace)
        try playground.repository.write("new.txt", "new\n", in: workspace)
        #expect(
            try await reasons() == """
                error: the environment of `work` stays
                  why: note.txt has changes that are not committed
                       new.txt is untracked
                 mend: settle that first, or use `--force`: it still goes to the trash

                """)
        try FileSystem.remove(workspace.appending("new.txt"))
        try await playground.git("add", "--all", in: workspace)
        #expect(try await reasons().contains("  why: note.txt is staged and not committed\n"))
        try await playground.git("commit", "--quiet", "--message", "x", in: workspace)
        try await playground.git("worktree", "lock", "--reason", "on a stick", workspace.string)
        #expect(try await reasons().contains("  why: the worktree is locked: on a stick\n"))
        try await playground.git("worktree", "unlock", workspace.string)
        try await playground.git("switch", "--quiet", "--detach", in: workspace)
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "lost", in: workspace)
        #expect(try await reasons().contains("is on no branch: run `git branch <name> "))
        try await playground.git("switch", "--quiet", "work", in: workspace)
        try await playground.git("branch", "other", "work~1")
        try await playground.git("bisect", "start", "work", "other", in: workspace)
        #expect(try await reasons().contains("  why: a bisect is under way: finish it, or run `git bisect reset`\n"))
        try await playground.git("bisect", "reset", in: workspace)
        try await playground.done("env", "keep", "work", "--until", "1h")
        #expect(try await reasons().contains("  why: it is kept until <time>\n"))

        let forced = try await playground.headgate("env", "remove", "--force", "work")
        #expect(
            forced.transcript(in: playground) == """
                removed the environment of work; branch kept, 1 commit not in main
                to bring it back: `headgate env undelete work`
                exit 0

                """)
        #expect(!FileSystem.exists(workspace))
        let main = try await playground.headgate("env", "remove", "main")
        #expect(main.status == 1)
    }

    @Test("Expired environments go, each with its reason; undelete brings one back as it was")
    func expired() async throws {
        let playground = try await Playground()
        for name in ["merged", "squashed", "foreign-squash", "rebased", "deleted", "fresh"] {
            try await playground.done("switch", "-c", name)
            if name == "fresh" { continue }
            try await playground.repository.commit([name: name], in: playground.workspace(name))
            try await playground.repository.commit(["\(name)-2": name], in: playground.workspace(name))
        }
        try await playground.done("merge", "merged")
        try await playground.done("merge", "squashed", "--method", "squash")
        try await playground.git("merge", "--quiet", "--squash", "foreign-squash")
        try await playground.git("commit", "--quiet", "--message", "As a forge does")
        try await playground.git("cherry-pick", "rebased~1", "rebased")
        let tip = try await playground.repository.tip("deleted")
        try await playground.git("switch", "--quiet", "--detach", in: playground.workspace("deleted"))
        try await playground.git("branch", "--quiet", "-D", "deleted")
        let plan = try JSON(try await playground.done("prune", "--dry-run", "--json"))
        #expect(
            plan["removed"].items.map { $0["branch"].text ?? "" }.sorted() == [
                "foreign-squash", "merged", "rebased", "squashed",
            ])
        #expect(plan["kept"].items.map { $0["branch"].text } == ["deleted"], "its commit is on no branch")
        let asked = try await playground.headgate("prune")
        #expect(asked.status == 64)
        #expect(asked.errorOutput.contains("add `--yes`"))
        #expect(FileSystem.exists(playground.workspace("merged")))
        try await playground.git("tag", "kept", tip.hex)
        let pruned = try JSON(try await playground.done("prune", "--yes", "--json"))
        #expect(
            Set(pruned["removed"].items.map { ($0["branch"].text ?? "") + " " + ($0["reason"].text ?? "") })
                == [
                    "merged merged", "squashed merged", "foreign-squash merged", "rebased merged",
                    "deleted branch-deleted",
                ])
        #expect(FileSystem.exists(playground.workspace("fresh")))
        #expect(try await playground.done("env", "undelete", "merged") == playground.workspace("merged").string + "\n")
        #expect(try await playground.git("status", "--porcelain", in: playground.workspace("merged")).isEmpty)
        // Two went round the gate on purpose.
        #expect(try await playground.headgate("doctor").output.contains("failed   audit"))
    }

    @Test("An environment whose branch was deleted under it goes when nothing in it is lost")
    func deletedUnder() async throws {
        let playground = try await Playground()
        for name in ["landed", "changed", "alone"] { try await playground.done("switch", "-c", name) }
        try await playground.repository.commit(["alone": "1"], in: playground.workspace("alone"))
        try playground.repository.write("note.txt", "mine\n", in: playground.workspace("changed"))
        for name in ["landed", "changed", "alone"] {
            try await playground.git("update-ref", "-d", "refs/heads/\(name)")
        }
        let pruned = try JSON(try await playground.done("prune", "--yes", "--json"))
        #expect(pruned["removed"].items.map { $0["branch"].text } == ["landed"])
        #expect(pruned["removed"].items.map { $0["reason"].text } == ["branch-deleted"])
        let kept = pruned["kept"].items.map { "\($0["branch"].text ?? ""): \($0["refused"].items.map(\.text))" }
        #expect(kept.count == 2, "\(kept)")
        #expect(kept.contains { $0.hasPrefix("alone") && $0.contains("is on no branch") }, "\(kept)")
        #expect(kept.contains { $0.hasPrefix("changed") && $0.contains("note.txt differs from") }, "\(kept)")
        #expect(
            try await playground.done("env", "undelete", "landed") == playground.workspace("landed").string + "\n")
    }

    @Test("What Git keeps of a workspace that is not there is never lost", arguments: [false, true])
    func missingWorkspace(withItsDisk: Bool) async throws {
        let playground = try await Playground()
        try await playground.done("switch", "-c", "away")
        let workspace = playground.workspace("away")
        try await playground.repository.commit(["landed.txt": "1\n"], in: workspace)
        try await playground.done("merge", "away")
        try playground.repository.write("staged.txt", "mine\n", in: workspace)
        try await playground.git("add", "staged.txt", in: workspace)
        let place = withItsDisk ? workspace.removingLastComponent() : workspace
        let elsewhere = FilePath(place.string + "-elsewhere")
        try FileSystem.rename(place, to: elsewhere)

        let pruned = try JSON(try await playground.done("prune", "--yes", "--json"))
        #expect(pruned["removed"].items.isEmpty)
        #expect(pruned["kept"].items.map { $0["branch"].text } == ["away"])
        let refused = try await playground.headgate("env", "remove", "away")
        #expect(refused.status == 1)
        #expect(
            refused.errorOutput.contains(withItsDisk ? "is a disk not mounted" : "staged.txt is staged"),
            "\(refused.errorOutput)")
        try await playground.done("env", "remove", "--force", "away")
        if withItsDisk { try FileSystem.removeTree(place, within: place.removingLastComponent()) }
        try FileSystem.rename(elsewhere, to: place, replacing: false)
        #expect(try await playground.done("env", "undelete", "away") == workspace.string + "\n")
        #expect(try await playground.git("status", "--porcelain", in: workspace) == "A  staged.txt")
        #expect(try await playground.headgate("doctor").status == 0)
    }

    @Test("Two commands that make the same environment make it once")
    func together() async throws {
        let playground = try await Playground()
        async let one = playground.headgate("env", "create", "same")
        async let other = playground.headgate("env", "create", "same")
        let ends = [try await one, try await other].sorted { $0.status < $1.status }
        #expect(ends[0].status == 0)
        #expect([1, 75].contains(ends[1].status), "\(ends[1].errorOutput)")
        #expect(try await playground.git("worktree", "list").split(separator: "\n").count == 2)
        #expect(try await playground.headgate("doctor").status == 0)
    }

    @Test("The main working tree switches as Git does, and parks the environment that was there")
    func here() async throws {
        let playground = try await Playground()
        try await playground.done("run")
        try await playground.branch("work", ["note.txt": "4,dan\n"])
        try playground.repository.write("note.txt", "mine\n")
        let refused = try await playground.headgate("switch", "--here", "work")
        #expect(refused.status == 1)
        #expect(refused.errorOutput.contains("note.txt"), "\(refused.errorOutput)")
        #expect(try FileSystem.readText(playground.path.appending("note.txt")) == "mine\n")
        try await playground.git("checkout", "--quiet", "note.txt")
        #expect(try await playground.done("switch", "--here", "work") == playground.path.string + "\n")
        #expect(try await playground.git("branch", "--show-current") == "work")
        let list = try JSON(try await playground.done("env", "list", "--json"))
        #expect(
            list["environments"].items.map { ($0["branch"].text ?? "") + " " + ($0["state"].text ?? "") } == [
                "main parked", "work ready",
            ])
        let again = try await playground.headgate("switch", "--here", "-c", "main")
        #expect(again.status == 1)
        try await playground.done("run")
        let back = try await playground.headgate("switch", "--here", "main")
        #expect(back.errorOutput == "from the cache: outputs of join\n")
        #expect(try FileSystem.readText(playground.path.appending("out/all.csv")).contains("3,cyd"))
    }

    @Test("`exec` ends as its command did, and gives it the environment")
    func execution() async throws {
        let playground = try await Playground(Playground.configuration + "variables: {GREETING: hello}\n")
        try await playground.done("switch", "-c", "work")
        let workspace = playground.workspace("work")
        let script = #"echo "$GREETING $HEADGATE_BRANCH $(cat data/raw.csv | wc -l)"; exit 7"#
        let outcome = try await playground.headgate("exec", "--env", "work", "--", "sh", "-c", script)
        #expect(outcome.status == 7)
        #expect(outcome.output == "hello work 3\n")
        let killed = try await playground.headgate("exec", "--", "sh", "-c", "kill -9 $$")
        #expect(killed.status == 137)
        let missing = try await playground.headgate("exec", "--", "no-such-program")
        #expect(missing.status != 0)
        let deep = workspace.appending("deep")
        try FileSystem.makeDirectories(deep)
        let there = try await playground.headgate("exec", "--", "pwd", in: deep)
        #expect(there.output == deep.string + "\n")
        let written = try await playground.headgate("exec", "--", "sh", "-c", "echo x >> data/raw.csv", in: workspace)
        #expect(written.status != 0)
        #expect(try FileSystem.readText(playground.path.appending("data/raw.csv")) == "id,name\n1,ann\n2,bob\n")
    }
}
