import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite("Help")
struct HelpTests {
    private let program: ProgramUnderTest

    init() throws {
        program = try ProgramUnderTest(variables: ["PATH": "/usr/bin:/bin"])
    }

    /// The commands and their subcommands, as `--help` lists them.
    private func commands() async throws -> [[String]] {
        var found: [[String]] = []
        for name in try await listed([]) {
            let below = try await listed([name])
            found += below.isEmpty ? [[name]] : below.map { [name, $0] }
        }
        return found
    }

    private func listed(_ command: [String]) async throws -> [String] {
        let help = try await program.run(command + ["--help"], in: "/").output
        var names: [String] = []
        var isListing = false
        for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
            if !line.hasPrefix("  ") && !line.isEmpty { isListing = line.contains("SUBCOMMANDS:") }
            // A command is indented by two and in small letters; the rest of its description is indented by more.
            if isListing, line.hasPrefix("  "), let letter = line.dropFirst(2).first, letter.isLowercase,
                let name = line.split(separator: " ").first
            {
                names.append(String(name))
            }
        }
        return names
    }

    @Test("Every command shows an example that starts with its own name")
    func examples() async throws {
        let commands = try await commands()
        #expect(commands.count > 25, "\(commands)")
        for command in commands {
            let outcome = try await program.run(command + ["--help"], in: "/")
            let name = (["headgate"] + command).joined(separator: " ")
            #expect(outcome.status == 0, "\(name)")
            #expect(outcome.errorOutput.isEmpty, "\(name)")
            let example = outcome.output.split(separator: "\n").first { $0.contains("Example: ") }
            let words =
                example?.split(separator: ": ", maxSplits: 1).last.map(String.init)?
                .replacing(#"cd "$("#, with: "") ?? ""
            #expect(words.hasPrefix(name), "\(name) has no example: \(outcome.output)")
        }
    }

    @Test("`help <command>` and `<command> --help` say the same")
    func both() async throws {
        for command in [["run"], ["env", "list"], ["merge"]] {
            let one = try await program.run(["help"] + command, in: "/")
            let other = try await program.run(command + ["--help"], in: "/")
            #expect(one.output == other.output)
        }
    }

    /// What people read must not name a command that is not there.
    @Test("No text names a command that does not exist")
    func named() async throws {
        let top = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        let known = Set(try await commands().flatMap { [$0.joined(separator: " "), $0[0]] } + ["help", "hook"])
        let parents = Set(try await commands().filter { $0.count == 2 }.map { $0[0] })
        var texts = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map { top.appending($0) }
        for folder in ["templates", "Sources", "scripts"] {
            for entry in try TreeWalk.list(top.appending(folder), width: 2) where entry.status.kind == .file {
                let isText = ["md", "yaml", "swift", "c", "sql", "sh", nil].contains(entry.path.extension)
                if isText && entry.status.size < 1 << 20 { texts.append(top.appending(folder).pushing(entry.path)) }
            }
        }
        #expect(texts.count > 100)
        for file in texts where FileSystem.exists(file) {
            guard let text = try? FileSystem.readText(file) else { continue }
            // `headgate merge x` in backquotes, after a prompt, or at the start of a line of an example.
            for match in text.matches(
                of: /(?:`|\$ |: |^ {4,}|\$\()headgate (?:-C \S+ )?([a-z][a-z-]*)(?: ([a-z]+))?/
                    .anchorsMatchLineEndings())
            {
                let first = String(match.1)
                let second = match.2.map(String.init)
                #expect(known.contains(first), "\(file): headgate \(first)")
                if parents.contains(first), let second {
                    #expect(known.contains(first + " " + second), "\(file): headgate \(first) \(second)")
                }
            }
        }
    }
}
