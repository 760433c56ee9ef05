import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Command lines that cannot be carried out, each with its exit status and a way on.
@Suite("Command lines")
struct CommandLineTests {
    @Test("A parameter that is not declared is told with those that are")
    func unknownParameter() async throws {
        let playground = try await Playground(Playground.configuration + "params: {month: 1, seed: 2}\n")
        let unknown = try await playground.headgate("run", "--param", "zz=1", "--json")
        #expect(unknown.status == 78)
        #expect(try JSON(unknown.output)["remedy"].text == "the parameters are `month` and `seed`")
        let near = try await playground.headgate("run", "--param", "sed=1", "--json")
        #expect(try JSON(near.output)["remedy"].text == "did you mean `seed`?")
        let wrong = try await playground.headgate("run", "--param", "seed=x", "--json")
        #expect(try JSON(wrong.output)["remedy"].text == "give it a whole number, such as 2")
        let bare = try await Playground()
        let none = try await bare.headgate("run", "--param", "zz=1", "--json")
        #expect(try JSON(none.output)["remedy"].text == "declare it: `params: {zz: …}`")
    }

    @Test("What is not in the trash is not brought back, and the answer says what to do instead")
    func undelete() async throws {
        let playground = try await Playground()
        let none = try await playground.headgate("env", "undelete", "nope", "--json")
        #expect(none.status == 1)
        #expect(try JSON(none.output)["remedy"].text == "run `headgate env create nope` to make one")
        try await playground.done("env", "create", "work")
        try await playground.done("env", "remove", "work")
        let near = try await playground.headgate("env", "undelete", "wrk", "--json")
        #expect(try JSON(near.output)["remedy"].text == "did you mean `headgate env undelete work`?")
    }

    @Test("The configuration of a branch that there is not is not made up")
    func configurationOfNoBranch() async throws {
        let playground = try await Playground()
        let outcome = try await playground.headgate("config", "--env", "nope")
        #expect(outcome.status == 1)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errorOutput.hasPrefix("error: there is no branch `nope`\n"), "\(outcome.errorOutput)")
        try await playground.git("branch", "work")
        let shown = try await playground.done("config", "--env", "work")
        #expect(shown.contains("work"), "\(shown)")
    }

    @Test("Dropping changes asks first: without a terminal it needs `--yes`")
    func discarding() async throws {
        let playground = try await Playground(
            "version: 1\nproject: small\nenvironments: [{match: \"*\"}]\nsources: {raw: {path: data, writable: true}}\n"
        )
        let workspace = FilePath(String(try await playground.done("switch", "-c", "work").dropLast()))
        try FileSystem.replace(workspace.pushing("data/raw.csv"), withText: "mine\n")
        let refused = try await playground.headgate("env", "update", "work", "--discard")
        #expect(
            refused.transcript(in: playground) == """
                error: this asks first, and there is no terminal to ask on
                 mend: add `--yes`
                exit 64

                """)
        #expect(try FileSystem.readText(workspace.pushing("data/raw.csv")) == "mine\n")
        try await playground.done("env", "update", "work", "--discard", "--yes")
        #expect(try FileSystem.readText(workspace.pushing("data/raw.csv")) == "id,name\n1,ann\n2,bob\n")
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
                "error: `--param x` is not of the form name=value\n mend: see `headgate help run`\n"
            ),
            (["run", "--jobs", "0"], "error: `--jobs` takes a number from 1\n mend: see `headgate help run`\n"),
            (["run", "nosuch"], "error: there is no step `nosuch`\n mend: `headgate plan` lists the steps\n"),
            (
                ["merge", "x", "--override"],
                "error: `--acknowledge` and `--override` need `--reason`\n mend: see `headgate help merge`\n"
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
}
