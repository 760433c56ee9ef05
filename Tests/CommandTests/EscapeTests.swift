import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What a step must not do outside its workspace, tried through the whole program.
@Suite("Steps cannot reach out")
struct EscapeTests {
    /// Who runs, and where the project lies.
    struct Setting: Sendable, CustomTestStringConvertible {
        let user: OrdinaryUser?
        let isBeneathHome: Bool

        var testDescription: String {
            "\(user?.name ?? "as oneself"), \(isBeneathHome ? "beneath the home directory" : "in /tmp")"
        }

        static let all: [Setting] =
            [nil, OrdinaryUser.available].flatMap { user -> [Setting] in
                if let user {
                    return [Setting(user: user, isBeneathHome: false), Setting(user: user, isBeneathHome: true)]
                }
                return []
            } + [Setting(user: nil, isBeneathHome: false), Setting(user: nil, isBeneathHome: true)]
    }

    /// Every step fails on its own; `allowed` shows that the sandbox runs steps at all.
    private static func configuration(_ folder: FilePath, _ other: FilePath) -> String {
        let steps = [
            "source": "echo x > data/raw.csv",
            "source-replaced": "rm -f data/raw.csv && echo x > data/raw.csv",
            "location": "echo x > \(folder)/warehouse/table.csv",
            "elsewhere": "echo x > ../elsewhere",
            "commit": "git commit --allow-empty -m x",
            "git-config": "git config core.fsmonitor /bin/false",
            "git-file": "echo x > .git/planted || echo x > .git",
            "secret": "cat ~/.ssh/id_test",
            "secret-by-path": "cat \(folder)/home/.ssh/id_test",
            "other-workspace": "echo x > \(other)/note.txt",
            "store": "chmod -R u+w ../project.envs/.store && echo x > ../project.envs/.store/x",
            "remount": "mount -o remount,rw,bind / && echo x > \(folder)/remounted",
            "program": "echo x > \(folder)/program",
            "network": "exec 3<>/dev/tcp/127.0.0.1/1 || cat < /dev/tcp/192.0.2.1/80",
        ]
        let written = steps.sorted { $0.key < $1.key }.map { name, command in
            "  \(name):\n    run: |\n      \(command)\n    outputs: [out/\(name)]\n"
        }
        return """
            version: 1
            sources:
              raw: {path: data/raw.csv}
              warehouse: {path: data/warehouse, location: \(folder)/warehouse}
            steps:
              allowed:
                run: mkdir -p out && cat data/raw.csv data/warehouse/table.csv > out/allowed
                inputs: [data/raw.csv, data/warehouse]
                outputs: [out/allowed]

            """ + written.joined()
    }

    @Test("Each attempt fails, and nothing outside has changed", arguments: Setting.all)
    func attempts(setting: Setting) async throws {
        let place = setting.isBeneathHome ? (setting.user?.home ?? "/tmp") : "/tmp"
        let playground = try await Playground(nil, in: place)
        let folder = playground.repository.directory
        let home = setting.isBeneathHome ? (setting.user?.home ?? folder.path) : folder.path("home")
        try folder.write("home/.ssh/id_test", "a secret\n", mode: 0o600)
        try folder.write("warehouse/table.csv", "id\n1\n")
        try folder.write("program", "#!/bin/sh\n", mode: 0o755)
        let other = playground.workspace("other")
        try await playground.repository.commit([
            "headgate.yaml": Self.configuration(folder.path, other), ".gitignore": "data/\nout/\n",
        ])
        let program = try await playground.program(for: setting.user)
        if let user = setting.user { try await user.own(folder.path) }
        func run(_ arguments: [String], in directory: FilePath) async throws -> CommandResult {
            let invocation = Invocation(
                program.string, arguments,
                variables: playground.program.variables.merging(["HOME": home.string]) { $1 },
                directory: directory, timeLimit: TimeSpan(seconds: 100))
            return try await CommandRunner().run(setting.user?.running(invocation) ?? invocation)
        }
        let trusted = try await run(["trust", "--yes"], in: playground.path)
        #expect(trusted.succeeded, "\(trusted.errorText)")
        let created = try await run(["env", "create", "other"], in: playground.path)
        #expect(created.succeeded, "\(created.errorText)")
        let made = try await run(["env", "create", "work"], in: playground.path)
        #expect(made.succeeded, "\(made.errorText)")
        // Pins the sources in the main workspace.
        #expect(try await run(["plan"], in: playground.path).termination == .exited(10))
        let before = try contents(folder.path)
        let references = try contents(playground.path.appending(".git"))

        for workspace in [playground.path, playground.workspace("work")] {
            let result = try await run(["run", "--json"], in: workspace)
            #expect(result.termination == .exited(1), "\(result.errorText)")
            let steps = try JSON(result.outputText)["steps"].items
            #expect(steps.count == 15)
            for step in steps {
                let name = step["id"].text ?? ""
                // Where the project lies right beneath the home directory, that is a private one, and what is written
                // there vanishes.
                let mayVanish = home == folder.path && ["elsewhere", "program"].contains(name)
                if mayVanish { continue }
                let expected = name == "allowed" ? ["ran", "cached"] : ["failed"]
                #expect(expected.contains(step["state"].text ?? ""), "\(name) in \(workspace)\n\(result.errorText)")
            }
            #expect(FileSystem.exists(workspace.appending("out/allowed")))
            #expect(try FileSystem.readText(workspace.appending("data/raw.csv")).hasPrefix("id,name\n"))
        }
        for (root, earlier) in [(folder.path, before), (playground.path.appending(".git"), references)] {
            let now = try contents(root)
            let differing = Set(now.keys).union(earlier.keys).filter { now[$0] != earlier[$0] }
            #expect(differing.isEmpty, "in \(root)")
        }
    }

    /// What is there, without the workspaces, the state and what runs may write.
    private func contents(_ root: FilePath) throws -> [String: String] {
        var contents: [String: String] = [:]
        for entry in try TreeWalk.list(root) {
            let parts = entry.path.components.map(\.string)
            let isOurs = parts.contains("headgate") || parts.contains("out") || parts.contains(".headgate")
            let isWorkspace =
                parts.prefix(2) == ["project.envs", "work"] || parts.prefix(2) == ["project.envs", ".store"]
            let isIndex = parts.last == "index" || (parts.count == 1 && parts[0] == "project")
            guard !isOurs, !isWorkspace, !isIndex, entry.status.kind != .directory else { continue }
            contents[entry.path.string] =
                entry.status.kind == .symbolicLink
                ? try FileSystem.readLink(root.pushing(entry.path)).string
                : try FileHasher.hash(root.pushing(entry.path)).hex
        }
        return contents
    }
}

extension Playground {
    /// The program at a place that the user can reach.
    func program(for user: OrdinaryUser?) async throws -> FilePath {
        guard user != nil else { return program.executable }
        let folder = try repository.directory.makeDirectory("installed")
        let copied = try await CommandRunner().run(
            Invocation("cp", [program.executable.string, folder.string], variables: ["PATH": "/usr/bin:/bin"]))
        try #require(copied.succeeded, "\(copied.errorText)")
        return folder.appending("headgate")
    }
}
