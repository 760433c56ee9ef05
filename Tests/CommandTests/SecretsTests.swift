import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Secrets come from the caller's variables or the project's file, reach processes, and are shown nowhere.
@Suite("Secrets")
struct SecretsTests {
    private static let value = "s3cr3t/Pass word"

    private func playground() async throws -> Playground {
        try await Playground(
            """
            version: 1
            project: small
            environments:
              - match: main
                protected: true
              - match: "*"
                from: main
                setup: echo "setup has $DATABASE_PASSWORD"; echo "$DATABASE_PASSWORD" > ../setup-saw
                variables: {BRANCH_SECRET: "${{ secrets.TOKEN }}"}
            secrets: [TOKEN]
            variables: {DATABASE_PASSWORD: "${{ secrets.TOKEN }}"}
            setup: {run: "printf '%s' \\"$DATABASE_PASSWORD\\" | wc -c > prepared"}
            sources:
              raw:
                path: data/raw.csv
            steps:
              show:
                run: |
                  mkdir -p out
                  printf '%s' "$DATABASE_PASSWORD" | wc -c > out/length
                  echo "plain $DATABASE_PASSWORD"
                  printf '%s' "me:$DATABASE_PASSWORD" | base64
                  printf '%s' "$DATABASE_PASSWORD" | sed 's:/:%2F:g; s: :%20:g'
                  echo
                inputs: [note.txt]
                outputs: [out/length]

            """)
    }

    private func keep(_ text: String, mode: UInt32 = 0o600, in playground: Playground) throws -> FilePath {
        try playground.repository.directory.write("home/.config/headgate/secrets/small.env", text, mode: mode)
    }

    @Test(
        "The caller's variable counts before the file; steps, setup and exec get it; no log, message or file holds it")
    func used() async throws {
        let playground = try await playground()
        let file = try keep("# mine\nTOKEN=\"\(Self.value)\"\n", in: playground)
        try FileSystem.setMode(file, 0o600)
        try await playground.done("run")
        let length = try FileSystem.readText(playground.path.appending("out/length"))
        #expect(length.contains("\(Self.value.utf8.count)"))
        #expect(try FileSystem.readText(playground.path.appending("prepared")).contains("\(Self.value.utf8.count)"))
        let run = try #require(JSON(try await playground.done("runs", "--json"))["runs"][0]["run"].text)
        let log = try await playground.done("log", run, "show")
        #expect(log.contains("plain ***\n"), "\(log)")
        #expect(!log.contains("s3cr3t"), "\(log)")
        #expect(log.split(separator: "\n").filter { $0.contains("***") }.count == 3, "\(log)")

        try await playground.done("switch", "-c", "work")
        let workspace = playground.workspace("work")
        #expect(try FileSystem.readText(workspace.removingLastComponent().appending("setup-saw")) == Self.value + "\n")
        #expect(!(try FileSystem.readText(workspace.appending(".headgate/environment")).contains("s3cr3t")))
        let script = "printf '%s|%s' \"$TOKEN\" \"$BRANCH_SECRET\""
        #expect(
            try await playground.done("exec", "--env", "work", "--", "sh", "-c", script)
                == "\(Self.value)|\(Self.value)")
        let other = try await playground.headgate(
            "exec", "--", "sh", "-c", "printf %s \"$DATABASE_PASSWORD\"", variables: ["TOKEN": "from the caller"])
        #expect(other.output == "from the caller")
        for arguments in [
            ["config"], ["config", "--json"], ["env", "show", "main", "--json"], ["status"], ["plan", "--json"],
        ] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 0, "\(outcome.errorOutput)")
            #expect(!(outcome.output + outcome.errorOutput).contains("s3cr3t"))
        }
        for arguments in [["env", "show", "work", "--json"], ["env", "list", "--json"]] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            let entry = try JSON(outcome.output)["environments"].items.first { $0["branch"].text == "work" }
            #expect(
                entry?["variables"].texts == [
                    "BRANCH_SECRET", "DATABASE_PASSWORD", "HEADGATE_BRANCH", "HEADGATE_ENVIRONMENT",
                    "HEADGATE_SOURCE_RAW", "TOKEN",
                ])
            #expect(!(outcome.output + outcome.errorOutput).contains("s3cr3t"))
        }
    }

    @Test("A failing setup does not show the secret it printed")
    func failingSetup() async throws {
        let playground = try await playground()
        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        try await playground.repository.commit(["headgate.yaml": text.replacing("> ../setup-saw", with: "; false")])
        let outcome = try await playground.headgate(
            "switch", "-c", "work", variables: ["TOKEN": Self.value])
        #expect(outcome.status == 1)
        #expect(outcome.errorOutput.contains("setup has ***"), "\(outcome.errorOutput)")
        #expect(!outcome.errorOutput.contains("s3cr3t"))
    }

    @Test("A missing secret, and a file that others may read, are told with the remedy")
    func refused() async throws {
        let playground = try await playground()
        let missing = try await playground.headgate("run")
        #expect(missing.status != 0)
        #expect(missing.errorOutput.contains("TOKEN"), "\(missing.errorOutput)")
        let exec = try await playground.headgate("exec", "--", "true")
        #expect(
            exec.transcript(in: playground) == """
                error: the secret TOKEN has no value
                  why: the variable DATABASE_PASSWORD needs it
                 mend: set the variable TOKEN where you call headgate, or write `TOKEN=…` to \
                <folder>/home/.config/headgate/secrets/small.env (mode 0600)
                exit 78

                """)
        let file = try keep("TOKEN=\(Self.value)\n", in: playground)
        try FileSystem.setMode(file, 0o640)
        let open = try await playground.headgate("exec", "--", "true")
        #expect(
            open.transcript(in: playground) == """
                error: the secrets in <folder>/home/.config/headgate/secrets/small.env are not secret
                  why: its mode is 0640, so that others may read or change it
                 mend: run `chmod 600 <folder>/home/.config/headgate/secrets/small.env`, and change the secrets if others use \
                this machine
                exit 78

                """)
        try FileSystem.setMode(file, 0o600)
        try await playground.done("exec", "--", "true")
        try FileSystem.replace(file, withText: "\(Self.value)\n", mode: 0o600)
        let malformed = try await playground.headgate("exec", "--", "true")
        #expect(malformed.status == 78)
        #expect(malformed.errorOutput.contains("line 1 of "), "\(malformed.errorOutput)")
        #expect(!malformed.errorOutput.contains("s3cr3t"))
    }

    @Test("A secret may stand in a location, and is not shown with it")
    func location() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing(
                "    path: data/raw.csv\n",
                with: "    path: data/raw.csv\n    location: ${{ secrets.PLACE }}/rows.csv\n"))
        let place = playground.repository.directory.path("s3cr3tplace")
        try playground.repository.directory.write("s3cr3tplace/rows.csv", "id,name\n7,eve\n")
        let missing = try await playground.headgate("run")
        #expect(missing.status == 78)
        #expect(missing.errorOutput.contains("why: the location of raw needs it"), "\(missing.errorOutput)")
        let variables = ["PLACE": place.string]
        // The main working tree holds a file of its own where the source is seen.
        try FileSystem.removeTree(playground.path.appending("data"), within: playground.path)
        let run = try await playground.headgate("run", variables: variables)
        #expect(run.status == 0, "\(run.errorOutput)")
        #expect(try FileSystem.readText(playground.path.appending("out/all.csv")).contains("7,eve"))
        let show = try await playground.headgate("env", "show")
        #expect(show.output.contains("${{ secrets.PLACE }}/rows.csv"), "\(show.output)")
        #expect(!show.output.contains("s3cr3tplace"), "\(show.output)")
    }

    @Test("A branch that takes another project's name, and with it that project's secrets, is refused")
    func otherProject() async throws {
        let playground = try await playground()
        let variables = ["TOKEN": Self.value]
        #expect(try await playground.headgate("run", variables: variables).status == 0)
        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        try await playground.branch(
            "work", ["headgate.yaml": text.replacing("project: small", with: "project: payroll")])
        try await playground.git("switch", "--quiet", "work")
        let refused = try await playground.headgate("run", variables: variables)
        #expect(refused.status == 78)
        #expect(refused.errorOutput.contains("project: small → payroll"), "\(refused.errorOutput)")
    }
}
