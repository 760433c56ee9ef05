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
}
