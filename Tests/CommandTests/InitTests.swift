import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite("init")
struct InitTests {
    @Test("Tables without rows get no test that they would fail")
    func emptyTables() async throws {
        let playground = try await Playground(nil)
        for (name, text) in [
            ("empty", ""), ("blank", "\n"), ("mark", "\u{FEFF}"), ("header", "id,name\r\n"), ("full", "id\n1\n"),
        ] { try playground.repository.write("data/\(name).csv", text) }
        try await playground.done("init")
        let written = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        let tests = written.split(separator: "\n").filter { $0.contains("row_count") }
        #expect(tests.map { $0.split(separator: " ")[3] } == ["data/full.csv,", "data/raw.csv,"], "\(written)")
        #expect(written.contains("# 4 tables are empty yet, and without a test"))
        try await playground.done("run")
        let nothing = try await Playground(nil)
        try nothing.repository.write("data/raw.csv", "id\n")
        try await nothing.done("init")
        try await nothing.done("config", "--check")
    }

    /// Runs `init`; nothing but `headgate.yaml` may change, which must be right and have a test.
    private func adopt(_ files: [String: String], ignoring: String = "") async throws -> (Playground, String) {
        let playground = try await Playground(nil, files: files.merging([".gitignore": ignoring]) { $1 })
        try FileSystem.removeTree(playground.path.appending("data"), within: playground.path)
        return (playground, try await adopt(playground))
    }

    private func adopt(_ playground: Playground) async throws -> String {
        let before = try contents(playground)
        let outcome = try await playground.headgate("init")
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        #expect(
            playground.marked(outcome.errorOutput)
                == "wrote <folder>/project/headgate.yaml\nnext: read it, then `headgate plan`\n")
        var after = try contents(playground)
        let text = after.removeValue(forKey: "headgate.yaml") ?? ""
        #expect(after == before, "nothing is moved or copied")
        let check = try await playground.headgate("config", "--check")
        #expect(check.status == 0, "\(check.errorOutput)\n\(text)")
        #expect(check.errorOutput.contains(/, [1-9][0-9]* tests?\n/), "\(check.errorOutput)")
        #expect(try FileSystem.list(playground.path.appending(".git/hooks")).allSatisfy { $0.extension == "sample" })
        let again = try await playground.headgate("init")
        #expect(
            again.transcript(in: playground) == """
                error: <folder>/project/headgate.yaml exists already
                 mend: run `headgate config --check`, or `headgate plan` to go on
                exit 1

                """)
        #expect(try contents(playground)["headgate.yaml"] == text)
        return outcome.output
    }

    private func contents(_ playground: Playground) throws -> [String: String] {
        var contents: [String: String] = [:]
        for entry in try TreeWalk.list(playground.path)
        where entry.status.kind == .file && entry.path.components.first?.string != ".git" {
            contents[entry.path.string] = try FileSystem.readText(playground.path.pushing(entry.path))
        }
        return contents
    }

    @Test("A repository with next to nothing gets an example that runs")
    func empty() async throws {
        let (playground, found) = try await adopt([:])
        #expect(found == "found no data, pipeline or notebooks\n")
        try await playground.repository.commit(message: "Adopt")
        let run = try await playground.headgate("run", "--json")
        #expect(run.status == 0, "\(run.errorOutput)")
        #expect(try JSON(run.output)["tests"].items.isEmpty == false)
    }

    @Test("What Git lists and is no readable file is passed over")
    func odd() async throws {
        let playground = try await Playground(
            nil, files: [".gitignore": "data/\n", "gone.csv": "id\n", "a.csv": "id\n1\n"])
        try FileSystem.remove(playground.path.appending("gone.csv"))
        try FileSystem.makeDirectories(playground.path.appending("data/folder.csv"))
        try FileSystem.symbolicLink(at: playground.path.appending("data/loop.csv"), to: "loop.csv")
        let pipe = try await CommandRunner().run(
            Invocation("mkfifo", ["data/pipe.csv"], variables: ["PATH": "/usr/bin:/bin"], directory: playground.path))
        #expect(pipe.succeeded)
        let outcome = try await playground.headgate("init")
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        #expect(outcome.output.contains("a.csv"))
    }

    @Test("A repository that has no commit yet is adopted too")
    func unborn() async throws {
        let playground = try await Playground(nil)
        let fresh = try playground.repository.directory.makeDirectory("fresh")
        try await playground.git("init", "--quiet", in: fresh)
        let outcome = try await playground.headgate("init", in: fresh)
        #expect(outcome.status == 0, "\(outcome.errorOutput)")
        #expect(try await playground.headgate("config", "--check", in: fresh).status == 0)
    }

    @Test("Ignored data becomes a source, its tables get tests, and it runs")
    func data() async throws {
        let playground = try await Playground(
            nil, files: [".gitignore": "data/\nout/\n", "clean.py": "", "README.md": "# Shop\n"])
        try playground.repository.write("data/raw/orders.csv", "order_id,customer\n1,ann\n2,\n")
        try playground.repository.write("data/raw/deep/more.csv", "id\n1\n")
        let found = try await adopt(playground)
        #expect(found.contains("ignored by Git"), "\(found)")
        #expect(found.contains("orders.csv"), "\(found)")
        try await playground.repository.commit(message: "Adopt")
        let run = try await playground.headgate("run", "--json")
        #expect(run.status == 0, "\(run.errorOutput)")
    }

    @Test("The pipeline of a Makefile or of dvc.yaml runs at once", arguments: ["Makefile", "dvc.yaml"])
    func pipelines(file: String) async throws {
        let pipelines = [
            "Makefile": """
            out/count.txt: out/clean.csv
            \twc -l < out/clean.csv > out/count.txt

            out/clean.csv: in.csv clean.sh
            \tmkdir -p out && sh clean.sh > out/clean.csv

            all: out/count.txt
            .PHONY: all

            """,
            "dvc.yaml": """
            stages:
              clean:
                cmd: mkdir -p out && sh clean.sh > out/clean.csv
                deps: [in.csv, clean.sh]
                outs: [out/clean.csv]
              count:
                cmd: wc -l < out/clean.csv > out/count.txt
                deps: [out/clean.csv]
                params: [alpha]
                outs: [out/count.txt]

            """,
        ]
        let (playground, found) = try await adopt(
            [
                file: try #require(pipelines[file]), "clean.sh": "cat in.csv\n", "in.csv": "id,name\n1,ann\n",
                "params.yaml": "alpha: 0.5\n",
            ], ignoring: "out/\n")
        #expect(found.contains(file), "\(found)")
        try await playground.repository.commit(message: "Adopt")
        let plan = try await playground.headgate("plan", "--json")
        #expect(plan.status == 10, "\(plan.errorOutput)")
        let run = try await playground.headgate("run", "--json")
        let written = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        #expect(run.status == 0, "\(run.errorOutput)\n\(written)")
        #expect(try FileSystem.readText(playground.path.appending("out/count.txt")).contains("2"))
    }

    @Test("dbt, notebooks and requirements are recognised")
    func tools() async throws {
        let files = ["warehouse/dbt_project.yml": "name: shop\n", "look.ipynb": "{}", "requirements.txt": "pandas\n"]
        let (playground, found) = try await adopt(files)
        let text = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        for part in files.keys {
            #expect(found.contains(part), "\(part)\n\(found)")
            #expect(text.contains(part.split(separator: "/")[0]), "\(part)\n\(text)")
        }
    }

    @Test("Templates are listed, copied whole, and refused where something is in the way")
    func templates() async throws {
        let playground = try await Playground()
        #expect(try await playground.done("init", "--list").contains("flights"))
        let unknown = try await playground.headgate("init", "--template", "nosuch")
        #expect(unknown.status == 1)
        #expect(unknown.errorOutput.contains("there are: flights"))
        let taken = try await playground.headgate("init", "--template", "flights")
        #expect(
            taken.transcript(in: playground).contains("error: cannot copy the template\n"), "\(taken.errorOutput)")
        #expect(taken.status == 1)
        #expect(try FileSystem.readText(playground.path.appending("headgate.yaml")) == Playground.configuration)
    }
}
