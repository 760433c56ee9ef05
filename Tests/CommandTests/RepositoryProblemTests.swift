import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Repositories and branches that no environment can be made in or of.
@Suite("Problems of repositories")
struct RepositoryProblemTests {
    @Test(
        "Not a repository, an empty one, a bare one",
        arguments: [["status"], ["run"], ["merge", "x"], ["doctor"], ["audit"]])
    func repositories(arguments: [String]) async throws {
        let playground = try await Playground()
        let folder = playground.repository.directory
        let nothing = try folder.makeDirectory("nothing")
        #expect(
            try await playground.refusal(arguments, 1, in: nothing) == """
                error: `<folder>/nothing` is not in a Git repository
                  why: neither it nor a directory above it holds `.git`
                 mend: go to your project's directory, or run `git init` there first

                """)
        let empty = try folder.makeDirectory("empty")
        try await playground.git("init", "--quiet", in: empty)
        #expect(
            try await playground.refusal(arguments, 1, in: empty) == """
                error: the repository at `<folder>/empty` has no commit yet
                  why: an environment belongs to a branch, and a branch begins with a commit
                 mend: commit what is there (`git add . && git commit`), then try again

                """)
        let bare = try folder.makeDirectory("bare.git")
        try await playground.git("init", "--quiet", "--bare", in: bare)
        #expect(
            try await playground.refusal(arguments, 1, in: bare) == """
                error: `<folder>/bare.git` is a bare repository
                  why: it has no working tree, so nothing can be run in it
                 mend: clone it, and run headgate in the clone

                """)
        #expect(try FileSystem.list(nothing).isEmpty)
        #expect(!FileSystem.exists(empty.appending(".git/headgate")))
        #expect(!FileSystem.exists(bare.appending("headgate")))
    }

    @Test("A branch without a commit")
    func unborn() async throws {
        let playground = try await Playground()
        try await playground.git("switch", "--quiet", "--orphan", "new")
        #expect(
            try await playground.refusal(["status"], 1) == """
                error: the branch `new` has no commit yet
                  why: an environment belongs to a branch, and a branch begins with a commit
                 mend: commit something on it, or run `git switch` to go to another branch

                """)
    }

    @Test("A detached HEAD where a branch is needed")
    func detached() async throws {
        let playground = try await Playground()
        try await playground.git("switch", "--quiet", "--detach")
        for arguments in [["run"], ["plan"], ["env", "show"], ["why", "join"]] {
            #expect(
                try await playground.refusal(arguments, 1) == """
                    error: no branch is checked out
                      why: HEAD is detached in <folder>/project
                     mend: run `git switch <branch>`, or name the environment with `--env <branch>`

                    """)
        }
        #expect(try await playground.headgate("status").status == 0)
        #expect(try await playground.headgate("exec", "--", "true").status == 1)
    }

    @Test("Branches that do not exist, exist already, or are checked out elsewhere")
    func branches() async throws {
        let playground = try await Playground()
        try await playground.branch("faster-join", ["a": "a"])
        let path = playground.path
        #expect(
            try await playground.refusal(["env", "create", "main"], 1, in: path) == """
                error: cannot create an environment for `main`
                  why: the branch is checked out at <folder>/project
                 mend: work there (`cd <folder>/project`), or run `git -C <folder>/project switch --detach` and try again

                """)
        let unknown = try await playground.headgate("switch", "faster")
        #expect(
            unknown.transcript(in: playground) == """
                error: there is no branch `faster`
                  why: did you mean `faster-join`?
                 mend: run `headgate switch -c faster` to make it
                exit 1

                """)
        #expect(
            try await playground.refusal(["merge", "faster"], 1, in: path).hasPrefix(
                "error: there is no branch `faster`"))
        #expect(
            try await playground.refusal(["merge", "main"], 1, in: path).hasPrefix(
                "error: cannot merge `main` into itself"))
        let again = try await playground.headgate("switch", "-c", "faster-join")
        #expect(
            again.transcript(in: playground) == """
                error: the branch `faster-join` exists already
                 mend: run `headgate switch faster-join` to go there
                exit 1

                """)
        for name in ["faster-join/more", "main/x"] {
            let other = name.split(separator: "/")[0]
            let taken = try await playground.headgate("env", "create", name)
            #expect(
                taken.transcript(in: playground) == """
                    error: there cannot be a branch `\(name)`
                      why: Git has a branch `\(other)`, and one name is a folder of the other
                     mend: choose another name, or rename the other branch: `git branch -m`
                    exit 1

                    """)
        }
        let elsewhere = playground.repository.directory.path("mine")
        try await playground.git("worktree", "add", "--quiet", elsewhere.string, "faster-join")
        let here = try await playground.headgate("switch", "--here", "faster-join")
        #expect(
            here.transcript(in: playground) == """
                error: the branch `faster-join` is checked out already
                  why: the working tree at `<folder>/mine` has it
                 mend: work there, or free it with `git -C <folder>/mine switch --detach`
                exit 1

                """)
        let there = try await playground.headgate("switch", "faster-join")
        #expect(there.output == elsewhere.string + "\n")
        #expect(there.status == 0)
        let removal = try await playground.headgate("env", "remove", "faster-join")
        #expect(
            removal.transcript(in: playground) == """
                error: the environment of `faster-join` stays
                  why: <folder>/mine is a worktree that you made
                 mend: run `git worktree remove <folder>/mine` if it should go
                exit 1

                """)
    }
}
