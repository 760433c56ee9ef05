import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// A configuration that is not there, or is wrong.
@Suite("Problems of headgate.yaml")
struct ConfigurationProblemTests {
    @Test(
        "No headgate.yaml",
        arguments: [["status"], ["run"], ["plan"], ["merge", "x"], ["audit"], ["env", "list"], ["prune"]])
    func noConfiguration(arguments: [String]) async throws {
        let playground = try await Playground(nil)
        #expect(
            try await playground.refusal(arguments, 78) == """
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
                try await playground.refusal(arguments, 78).hasPrefix(
                    "error: headgate.yaml:4:10: "))
        }
        try playground.repository.write("headgate.yaml", Playground.configuration.replacing("unique:", with: "uniqe:"))
        #expect(
            try await playground.refusal(["run"], 78) == """
                error: headgate.yaml:20:9: unknown check `uniqe` in a test of the step `join`
                 mend: did you mean `unique`?

                """)
        try playground.repository.write("headgate.yaml", Playground.configuration.replacing("inputs:", with: "input:"))
        #expect(try await playground.refusal(["run"], 78).contains("did you mean `inputs`?"))
    }

    @Test("A configuration with a merge conflict, a byte order mark, or Windows' line ends")
    func oddConfiguration() async throws {
        let playground = try await Playground()
        try playground.repository.write(
            "headgate.yaml", "<<<<<<< HEAD\nversion: 1\n=======\nversion: 1\n>>>>>>> work\n")
        #expect(
            try await playground.refusal(["run"], 78)
                .hasSuffix(" mend: resolve the merge conflict in this file first\n"))
        try playground.repository.write(
            "headgate.yaml", "\u{FEFF}" + Playground.configuration.replacing("\n", with: "\r\n"))
        try await playground.done("run")
        try playground.repository.write("headgate.yaml", "version: 1\n")
        #expect(try JSON(try await playground.done("status", "--json"))["project"].text == "project")
    }
}
