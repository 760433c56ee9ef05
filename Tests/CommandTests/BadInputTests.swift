import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite("Bad input")
struct BadInputTests {
    @Test("Links that lead out of a source are told when it is pinned; those that stay in it are not")
    func linksLeadingOut() async throws {
        let playground = try await Playground("version: 1\nproject: small\nsources: {raw: {path: data}}\n")
        let data = playground.path.appending("data")
        try playground.repository.write("data/sub/x.csv", "x")
        try FileSystem.symbolicLink(at: data.appending("inside"), to: "sub/../raw.csv")
        try FileSystem.symbolicLink(at: data.pushing("sub/up"), to: "../raw.csv")
        let quiet = try await playground.headgate("env", "update")
        #expect(quiet.status == 0 && !quiet.errorOutput.contains("lead"), "\(quiet.errorOutput)")
        try FileSystem.symbolicLink(at: data.pushing("sub/out"), to: "../../note.txt")
        let one = try await playground.headgate("env", "update")
        #expect(
            one.errorOutput.contains(
                "raw: a link leads out of it (sub/out → ../../note.txt); what is there is not pinned\n"),
            "\(one.errorOutput)")
        try FileSystem.symbolicLink(at: data.appending("absolute"), to: "/etc/hostname")
        let two = try await playground.headgate("env", "update")
        #expect(
            two.errorOutput.contains(
                "raw: 2 links lead out of it (absolute → /etc/hostname, …); what is there is not pinned\n"),
            "\(two.errorOutput)")
        let again = try await playground.headgate("env", "update")
        #expect(!again.errorOutput.contains("lead"), "\(again.errorOutput)")
    }

    @Test("What is no database of the kind it is said to be", arguments: [("sqlite", "SQLite"), ("duckdb", "DuckDB")])
    func notDatabase(kind: String, name: String) async throws {
        let playground = try await Playground(
            "version: 1\nproject: small\nsources: {db: {kind: \(kind), path: data/raw.csv}}\n")
        let outcome = try await playground.headgate("env", "update")
        #expect(
            outcome.transcript(in: playground) == """
                error: cannot pin `db`
                  why: <folder>/project/data/raw.csv is not a \(name) database
                 mend: change `sources: db: location:`, or its `kind`
                exit 78

                """)
    }

    /// Exit code, object and text of an error, which must agree; returns the text.
    private func refusal(
        _ arguments: [String], _ status: Int32, in directory: FilePath, _ playground: Playground,
        variables: [String: String] = [:]
    ) async throws -> String {
        let plain = try await playground.program.run(arguments, in: directory, variables: variables)
        #expect(plain.status == status, "\(arguments)\n\(plain.errorOutput)")
        #expect(plain.output.isEmpty, "\(arguments)")
        let answered = try await playground.program.run(arguments + ["--json"], in: directory, variables: variables)
        #expect(answered.status == status, "\(arguments) --json\n\(answered.errorOutput)")
        let error = try JSON(answered.output)
        #expect(error.keys == ["exit", "problem", "reason", "remedy", "schema"], "\(arguments)")
        #expect(error["schema"].text == "headgate.error/1")
        #expect(error["exit"].number == Double(status))
        let parts = [("error:", "problem"), ("  why:", "reason"), (" mend:", "remedy")].compactMap { word, key in
            error[key].text.map { word + " " + $0.replacing("\n", with: "\n       ") + "\n" }
        }
        #expect(plain.errorOutput.hasSuffix(parts.joined()), "\(arguments)\n\(plain.errorOutput)")
        #expect(error["remedy"].text != nil, "\(arguments) says no remedy: \(plain.errorOutput)")
        return playground.marked(plain.errorOutput)
    }

    @Test(
        "Not a repository, an empty one, a bare one",
        arguments: [["status"], ["run"], ["merge", "x"], ["doctor"], ["audit"]])
    func repositories(arguments: [String]) async throws {
        let playground = try await Playground()
        let folder = playground.repository.directory
        let nothing = try folder.makeDirectory("nothing")
        #expect(
            try await refusal(arguments, 1, in: nothing, playground) == """
                error: `<folder>/nothing` is not in a Git repository
                  why: neither it nor a directory above it holds `.git`
                 mend: go to your project's directory, or run `git init` there first

                """)
        let empty = try folder.makeDirectory("empty")
        try await playground.git("init", "--quiet", in: empty)
        #expect(
            try await refusal(arguments, 1, in: empty, playground) == """
                error: the repository at `<folder>/empty` has no commit yet
                  why: an environment belongs to a branch, and a branch begins with a commit
                 mend: commit what is there (`git add . && git commit`), then try again

                """)
        let bare = try folder.makeDirectory("bare.git")
        try await playground.git("init", "--quiet", "--bare", in: bare)
        #expect(
            try await refusal(arguments, 1, in: bare, playground) == """
                error: `<folder>/bare.git` is a bare repository
                  why: it has no working tree, so nothing can be run in it
                 mend: clone it, and run headgate in the clone

                """)
        #expect(try FileSystem.list(nothing).isEmpty)
        #expect(!FileSystem.exists(empty.appending(".git/headgate")))
        #expect(!FileSystem.exists(bare.appending("headgate")))
    }

    @Test("A detached HEAD where a branch is needed")
    func detached() async throws {
        let playground = try await Playground()
        try await playground.git("switch", "--quiet", "--detach")
        for arguments in [["run"], ["plan"], ["env", "show"], ["why", "join"]] {
            #expect(
                try await refusal(arguments, 1, in: playground.path, playground) == """
                    error: no branch is checked out
                      why: HEAD is detached in <folder>/project
                     mend: run `git switch <branch>`, or name the environment with `--env <branch>`

                    """)
        }
        #expect(try await playground.headgate("status").status == 0)
        #expect(try await playground.headgate("exec", "--", "true").status == 1)
    }

    @Test(
        "No headgate.yaml",
        arguments: [["status"], ["run"], ["plan"], ["merge", "x"], ["audit"], ["env", "list"], ["prune"]])
    func noConfiguration(arguments: [String]) async throws {
        let playground = try await Playground(nil)
        #expect(
            try await refusal(arguments, 78, in: playground.path, playground) == """
                error: <folder>/project has no headgate.yaml
                 mend: run `headgate init` there to make one

                """)
    }

    @Test("A broken headgate.yaml is named with line and column")
    func brokenConfiguration() async throws {
        let playground = try await Playground()
        try playground.repository.write("headgate.yaml", "version: 1\nsteps:\n  a:\n    run: \"x\n    outputs: [y]\n")
        for arguments in [["config", "--check"], ["run"], ["status"]] {
            #expect(
                try await refusal(arguments, 78, in: playground.path, playground).hasPrefix(
                    "error: headgate.yaml:4:10: "))
        }
        try playground.repository.write("headgate.yaml", Playground.configuration.replacing("unique:", with: "uniqe:"))
        #expect(
            try await refusal(["run"], 78, in: playground.path, playground) == """
                error: headgate.yaml:20:9: unknown check `uniqe` in a test of the step `join`
                 mend: did you mean `unique`?

                """)
        try playground.repository.write("headgate.yaml", Playground.configuration.replacing("inputs:", with: "input:"))
        #expect(try await refusal(["run"], 78, in: playground.path, playground).contains("did you mean `inputs`?"))
    }

    @Test("A configuration with a merge conflict, a byte order mark, or Windows' line ends")
    func oddConfiguration() async throws {
        let playground = try await Playground()
        try playground.repository.write(
            "headgate.yaml", "<<<<<<< HEAD\nversion: 1\n=======\nversion: 1\n>>>>>>> work\n")
        #expect(
            try await refusal(["run"], 78, in: playground.path, playground)
                .hasSuffix(" mend: resolve the merge conflict in this file first\n"))
        try playground.repository.write(
            "headgate.yaml", "\u{FEFF}" + Playground.configuration.replacing("\n", with: "\r\n"))
        try await playground.done("run")
        try playground.repository.write("headgate.yaml", "version: 1\n")
        #expect(try JSON(try await playground.done("status", "--json"))["project"].text == "project")
    }

    @Test("A branch without a commit")
    func unborn() async throws {
        let playground = try await Playground()
        try await playground.git("switch", "--quiet", "--orphan", "new")
        #expect(
            try await refusal(["status"], 1, in: playground.path, playground) == """
                error: the branch `new` has no commit yet
                  why: an environment belongs to a branch, and a branch begins with a commit
                 mend: commit something on it, or run `git switch` to go to another branch

                """)
    }

    @Test("An answer that cannot be written is an error; a reader that went away is none")
    func unwritable() async throws {
        let playground = try await Playground()
        let program = playground.program.executable.string
        for (script, status) in [
            ("'\(program)' schema > /dev/full", 74), ("'\(program)' status --json > /dev/full", 74),
            ("set -o pipefail; '\(program)' schema | head -1 > /dev/null", 0),
        ] as [(String, Int32)] {
            let result = try await CommandRunner().run(
                Invocation("bash", ["-c", script], variables: playground.program.variables, directory: playground.path))
            #expect(result.termination == .exited(status), "\(script)\n\(result.errorText)")
        }
    }

    @Test("A missing source")
    func missingSource() async throws {
        let playground = try await Playground()
        try FileSystem.removeTree(playground.path.appending("data"), within: playground.path)
        for arguments in [["run"], ["plan"], ["env", "create", "x"]] {
            #expect(
                try await refusal(arguments, 78, in: playground.path, playground) == """
                    error: cannot pin `raw`
                      why: <folder>/project/data/raw.csv does not exist
                     mend: bring the data there, or change `sources: raw: location:`

                    """)
        }
        #expect(try await playground.git("branch", "--format=%(refname:short)") == "main")
        #expect(try await playground.git("worktree", "list").split(separator: "\n").count == 1)
        try playground.repository.write("data/raw.csv", "id,name\n1,ann\n")
        try await playground.done("run")
    }

    @Test("Branches that do not exist, exist already, or are checked out elsewhere")
    func branches() async throws {
        let playground = try await Playground()
        try await playground.branch("faster-join", ["a": "a"])
        let path = playground.path
        #expect(
            try await refusal(["env", "create", "main"], 1, in: path, playground) == """
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
            try await refusal(["merge", "faster"], 1, in: path, playground).hasPrefix(
                "error: there is no branch `faster`"))
        #expect(
            try await refusal(["merge", "main"], 1, in: path, playground).hasPrefix(
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

    @Test("A conflicting merge names the paths and moves nothing")
    func conflict() async throws {
        let playground = try await Playground()
        try await playground.branch("other", ["note.txt": "4,dan\n", "both": "x\n"])
        try await playground.branch("this", ["note.txt": "5,eve\n"])
        try await playground.done("merge", "this")
        let tip = try await playground.repository.tip()
        let outcome = try await playground.headgate("merge", "other")
        #expect(
            outcome.transcript(in: playground) == """
                conflict: other and main change the same lines
                  note.txt
                 mend: merge main into other, resolve, commit, and try again
                exit 3

                """)
        let answered = try await playground.headgate("merge", "other", "--json")
        #expect(answered.status == 3)
        let document = try JSON(answered.output)
        #expect(document["conflicts"].texts == ["note.txt"])
        #expect(document["landed"].flag == false)
        #expect(try await playground.repository.tip() == tip)
        #expect(try await playground.git("status", "--porcelain").isEmpty)
    }

    @Test("A dirty target is refused before anything runs, and nothing in it is touched")
    func dirtyTarget() async throws {
        let playground = try await Playground()
        try await playground.branch("work", ["note.txt": "4,dan\n", "new.txt": "new\n"])
        let tip = try await playground.repository.tip()
        for (file, text) in [("note.txt", "3,cyd\nmine\n"), ("new.txt", "precious\n")] {
            try playground.repository.write(file, text)
            #expect(
                try await refusal(["merge", "work"], 1, in: playground.path, playground) == """
                    error: `<folder>/project` has changes of its own that would be overwritten
                      why: \(file)
                     mend: commit or stash them (`git -C <folder>/project stash -u`), then try again

                    """)
            #expect(try FileSystem.readText(playground.path.appending(file)) == text)
            #expect(try await playground.repository.tip() == tip)
            try await playground.git("stash", "--quiet", "--include-untracked")
            try await playground.git("stash", "drop", "--quiet")
        }
        #expect(try await playground.done("runs").split(separator: "\n").count == 1, "nothing ran")
        try playground.repository.write("elsewhere.txt", "mine\n")
        try await playground.git("add", "elsewhere.txt")
        try await playground.done("merge", "work")
        #expect(try await playground.git("status", "--porcelain") == "A  elsewhere.txt")
    }

    @Test("A wrong command line")
    func wrongOptions() async throws {
        let playground = try await Playground()
        let cases: [([String], String)] = [
            (["nosuch"], "error: there is no command `headgate nosuch`\n mend: `headgate help` lists the commands\n"),
            (["statsu"], "error: there is no command `headgate statsu`\n mend: did you mean `headgate status`?\n"),
            (
                ["env", "lst"],
                "error: there is no command `headgate env lst`\n mend: did you mean `headgate env list`?\n"
            ),
            (["status", "--nope"], "error: Unknown option '--nope'\n mend: see `headgate help status`\n"),
            (["env", "list", "x"], "error: Unexpected argument 'x'\n mend: see `headgate help env list`\n"),
            (["merge"], "error: Missing expected argument '<branch>'\n mend: see `headgate help merge`\n"),
            (
                ["switch", "-c", "a..b"],
                "error: The value 'a..b' is invalid for '<branch>': Git allows no branch of that name\n"
                    + " mend: see `headgate help switch`\n"
            ),
            (
                ["run", "--env=-rf"],
                "error: The value '-rf' is invalid for '--env <branch>': Git allows no branch of that name\n"
                    + " mend: see `headgate help run`\n"
            ),
            (
                ["run", "--param", "x"],
                "error: `--param x` is not of the form name=value\n mend: see `headgate --help`\n"
            ),
            (["run", "--jobs", "0"], "error: `--jobs` takes a number from 1\n mend: see `headgate --help`\n"),
            (["run", "nosuch"], "error: there is no step `nosuch`\n mend: `headgate plan` lists the steps\n"),
            (
                ["merge", "x", "--override"],
                "error: `--acknowledge` and `--override` need `--reason`\n mend: see `headgate --help`\n"
            ),
            (["exec"], "error: no command is named\n mend: headgate exec -- <command>\n"),
            (["-C"], "error: `-C` needs a directory\n mend: see `headgate --help`\n"),
            (["-C", "/nowhere", "status"], "error: `-C /nowhere` is not a directory\n mend: see `headgate --help`\n"),
            (
                ["prune", "--yes", "--jobs"],
                "error: Unknown option '--jobs'. Did you mean '--yes'?\n mend: see `headgate help prune`\n"
            ),
        ]
        for (arguments, expected) in cases {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 64, "\(arguments)")
            #expect(outcome.output.isEmpty, "\(arguments)")
            #expect(outcome.errorOutput == expected, "\(arguments)")
        }
        let answered = try await playground.headgate("status", "--json", "--nope")
        #expect(try JSON(answered.output)["exit"].number == 64)
    }

    @Test("`-C` as in Git, and `--` before a positional")
    func directories() async throws {
        let playground = try await Playground()
        let folder = playground.repository.directory.path
        let status = try await playground.headgate("-C", "project", "-C", "../project", "status", "--json", in: folder)
        #expect(try JSON(status.output)["project"].text == "small")
        try FileSystem.makeDirectories(playground.path.appending("deep/down"))
        #expect(try await playground.headgate("-C", "deep", "-C", "down", "status").status == 0)
        let created = try await playground.headgate("env", "create", "--", "odd")
        #expect(created.output == playground.workspace("odd").string + "\n")
        let echoed = try await playground.headgate("exec", "--env=odd", "--", "echo", "--json", "-rf")
        #expect(echoed.output == "--json -rf\n")
    }

    @Test("A run in the same environment is refused, and says who is at work")
    func locked() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing(
                "run: mkdir", with: "run: touch started; until [ -e go ]; do sleep 0.1; done; mkdir"))
        async let first = playground.headgate("run")
        let started = playground.path.appending("started")
        for _ in 0..<400 where !FileSystem.exists(started) { try await Task.sleep(nanoseconds: 50_000_000) }
        try #require(FileSystem.exists(started))
        #expect(
            try await refusal(["run"], 75, in: playground.path, playground) == """
                error: another command is at work here
                  why: process <number> (headgate run) holds <folder>/project/.git/headgate/locks/run-main
                 mend: wait for it to finish, then try again

                """)
        #expect(try await playground.headgate("status").status == 0)
        try playground.repository.write("go", "")
        #expect(try await first.status == 0)
    }

    @Test("A landing that Git's lock keeps from its branch leaves the working tree as it was")
    func lockedBranch() async throws {
        let playground = try await Playground()
        try await playground.branch("work", ["note.txt": "4,dan\n", "new.txt": "new\n"])
        let lock = playground.path.appending(".git/refs/heads/main.lock")
        try FileSystem.replace(lock, withText: "")
        let refused = try await playground.headgate("merge", "work")
        #expect(refused.status != 0)
        #expect(refused.errorOutput.contains("main.lock"), "\(refused.errorOutput)")
        #expect(try await playground.git("status", "--porcelain").isEmpty)
        try FileSystem.remove(lock)
        try await playground.done("merge", "work")
    }
}
