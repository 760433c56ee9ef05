import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What a project's own commands say of data identifies it, and what they make and remove is each environment's own.
@Suite("Command sources")
struct CommandSourceTests {
    @Test(
        "A fingerprint is the pin: steps that need the source run again when it changes, and a run beside a change is tainted"
    )
    func fingerprint() async throws {
        let playground = try await Playground(
            """
            version: 1
            project: small
            environments: [{match: main, protected: true}, {match: "*", from: main}]
            sources:
              warehouse:
                kind: command
                fingerprint: cat ../warehouse
            steps:
              read:
                run: mkdir -p out && date +%N > out/read
                needs: [warehouse]
                inputs: [note.txt]
                outputs: [out/read]
              other:
                run: mkdir -p out && date +%N > out/other
                inputs: [note.txt]
                outputs: [out/other]

            """)
        let warehouse = try playground.repository.directory.write("warehouse", "rows 3\n")
        func outputs() throws -> [String] {
            try ["read", "other"].map { try FileSystem.readText(playground.path.appending("out").appending($0)) }
        }
        try await playground.done("run")
        let first = try outputs()
        try await playground.done("run")
        #expect(try outputs() == first)
        try FileSystem.replace(warehouse, withText: "  rows 3")
        #expect(try await playground.headgate("env", "update").errorOutput.contains("pinned "))

        try FileSystem.replace(warehouse, withText: "rows 4\n")
        let beside = try JSON(try await playground.done("run", "--json"))
        #expect(
            beside["taints"].texts.contains { $0.hasPrefix("warehouse changed since it was pinned at ") }, "\(beside)")
        #expect(try outputs() == first, "the pin is what counts")
        try await playground.done("env", "update")
        let plan = try JSON(try await playground.headgate("plan", "--json").output)
        #expect(plan["steps"][0]["reasons"][0]["part"].text == "source:warehouse", "\(plan)")
        try await playground.done("run")
        #expect(try outputs()[0] != first[0])
        #expect(try outputs()[1] == first[1])

        try FileSystem.replace(warehouse, withText: "\n")
        let nothing = try await playground.headgate("env", "update")
        #expect(nothing.status == 1)
        #expect(nothing.errorOutput.contains("printed nothing that identifies the data"), "\(nothing.errorOutput)")
        try FileSystem.remove(warehouse)
        let failing = try await playground.headgate("env", "update")
        #expect(failing.status == 1)
        #expect(failing.errorOutput.contains("why: cat: ../warehouse: No such file"), "\(failing.errorOutput)")
    }

    @Test("A branch's own commands run nowhere before somebody approved of them")
    func untrusted() async throws {
        let playground = try await Playground()
        try await playground.done("run")
        let touched = playground.repository.directory.path("touched")
        let command = "echo x; touch \(touched)"
        try await playground.branch(
            "work",
            [
                "headgate.yaml": Playground.configuration.replacing(
                    "sources:\n",
                    with: "sources:\n  evil: {kind: command, fingerprint: \"\(command)\", create: \"\(command)\"}\n")
            ])
        for arguments in [
            ["switch", "work"], ["run", "--env", "work"], ["exec", "--env", "work", "--", "true"], ["status"],
            ["env", "update", "work"], ["merge", "work"], ["env", "list"], ["doctor"],
        ] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(!FileSystem.exists(touched), "\(arguments)")
            #expect([0, 1, 78].contains(outcome.status), "\(arguments): \(outcome.errorOutput)")
        }
        let workspace = playground.workspace("work")
        #expect(try await playground.headgate("status", in: workspace).status == 0)
        #expect(!FileSystem.exists(touched))
        try await playground.done("trust", "--yes", in: workspace)
        try await playground.done("run", in: workspace)
        #expect(FileSystem.exists(touched))
    }

    @Test("The driver for SQLite gives each environment a copy of its own, and takes exactly that one away")
    func sqliteDriver() async throws {
        let driver = try FileSystem.readText(try templates().appending("drivers/sqlite-copy/driver.py"))
        let playground = try await Playground(
            """
            version: 1
            project: small
            environments: [{match: main, protected: true}, {match: "*", from: main}]
            expire: {trash: 0s}
            variables: {SHOP_DATABASE: ../shop.sqlite, SHOP_COPIES: ../copies}
            sources:
              shop:
                kind: command
                fingerprint: python3 drivers/driver.py fingerprint
                create: python3 drivers/driver.py create
                drop: python3 drivers/driver.py drop
                variable: SHOP
            steps:
              total:
                run: mkdir -p out && python3 drivers/total.py > out/total
                needs: [shop]
                inputs: [drivers/total.py]
                outputs: [out/total]

            """.replacing("../shop.sqlite", with: "/PLACE/shop.sqlite").replacing("../copies", with: "/PLACE/copies"),
            files: [
                "drivers/driver.py": driver,
                "drivers/total.py":
                    "import os, sqlite3\nprint(sqlite3.connect(os.environ['SHOP']).execute('SELECT sum(x) FROM t').fetchone()[0])\n",
            ])
        let place = playground.repository.directory.path
        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
            .replacing("/PLACE", with: place.string)
            .replacing(
                "    outputs: [out/total]\n",
                with: "    outputs: [out/total]\n    sandbox: {write: [\(place)/copies]}\n")
        try await playground.repository.commit(["headgate.yaml": text])
        let copies = try playground.repository.directory.makeDirectory("copies")
        func python(_ script: String, _ arguments: String...) async throws {
            let result = try await CommandRunner().run(
                Invocation(
                    "python3", ["-c", script] + arguments, variables: playground.repository.variables,
                    errorOutput: .joined))
            #expect(result.succeeded, "\(result.outputText)")
        }
        let shop = place.appending("shop.sqlite").string
        let change = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute(sys.argv[2])\nc.commit()"
        try await python(change, shop, "CREATE TABLE t (x)")
        try await python(change, shop, "INSERT INTO t VALUES (1), (2)")

        try await playground.done("run")
        try await playground.done("switch", "-c", "one")
        try await playground.done("switch", "-c", "two")
        #expect(try FileSystem.list(copies).count == 3)
        let own = try await playground.done("exec", "--env", "one", "--", "sh", "-c", "printf %s \"$SHOP\"")
        #expect(own.hasPrefix(copies.string + "/hg_one_"), "\(own)")
        try await python(change, own, "INSERT INTO t VALUES (100)")
        try await playground.done("run", "--env", "one")
        try await playground.done("run", "--env", "two")
        func total(_ workspace: String) throws -> String {
            try FileSystem.readText(playground.workspace(workspace).appending("out/total"))
        }
        #expect(try total("one") == "103\n")
        #expect(try total("two") == "3\n")

        try await python(change, shop, "INSERT INTO t VALUES (10)")
        try await playground.done("env", "update", "two")
        try await playground.done("run", "--env", "two")
        #expect(try total("two") == "13\n")
        #expect(FileSystem.exists(FilePath(own)))
        try await playground.done("env", "remove", "one")
        #expect(FileSystem.exists(FilePath(own)), "it may come back from the trash")
        try await playground.done("prune", "--yes")
        #expect(!FileSystem.exists(FilePath(own)))
        #expect(try FileSystem.list(copies).count == 2, "main's and the newer one of two")
    }

    @Test("A create that fails, or is killed, leaves nothing that is not dropped")
    func failing() async throws {
        let playground = try await Playground(
            """
            version: 1
            project: small
            environments: [{match: main, protected: true}, {match: "*", from: main}]
            sources:
              lake:
                kind: command
                fingerprint: echo 1
                create: touch "../made.$HEADGATE_CLONE"; test -e ../allowed
                drop: rm -f "../made.$HEADGATE_CLONE"
            steps: {a: {run: "true", needs: [lake]}}

            """)
        func made() throws -> Int {
            try FileSystem.list(playground.repository.directory.path).count { $0.string.hasPrefix("made.") }
        }
        let failed = try await playground.headgate("run")
        #expect(failed.status == 1)
        #expect(failed.errorOutput.hasPrefix("error: `create` of the source `lake` failed"), "\(failed.errorOutput)")
        #expect(try made() == 0)
        try playground.repository.directory.write("allowed")
        let killed = try await playground.headgate("run", variables: ["HEADGATE_FAULT": "kill:clone.recorded"])
        #expect(killed.status != 0)
        try await playground.done("run")
        #expect(try made() == 1)
        #expect(try await playground.headgate("doctor").status == 0)
    }

    /// The templates of the checkout that the tests were built in.
    private func templates() throws -> FilePath {
        var directory = try ProgramUnderTest(variables: [:]).executable.removingLastComponent()
        while !FileSystem.exists(directory.appending("Package.swift")) { directory.removeLastComponent() }
        return directory.appending("templates")
    }
}
