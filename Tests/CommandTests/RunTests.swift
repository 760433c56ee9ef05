import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// The flights template through the whole program.
@Suite("run")
struct RunTests {
    private struct Flights {
        let playground: Playground
        let path: FilePath

        init() async throws {
            playground = try await Playground()
            path = playground.repository.directory.path("flights")
            try await playground.done("init", "--template", "flights", "../flights")
            try await playground.git("add", "--all", in: path)
            try await playground.git("commit", "--quiet", "--message", "Begin", in: path)
        }

        /// Runs what is out of date and returns each step's state.
        func run(in workspace: FilePath? = nil) async throws -> [String: String] {
            let outcome = try await playground.program.run(["run", "--json"], in: workspace ?? path)
            #expect(outcome.status == 0, "\(outcome.errorOutput)")
            let steps = try JSON(outcome.output)["steps"].items
            return Dictionary(uniqueKeysWithValues: steps.map { ($0["id"].text ?? "", $0["state"].text ?? "") })
        }

        static let steps = ["carriers", "clean", "conditions", "days", "hours", "report", "routes"]

        static func all(_ state: String) -> [String: String] {
            Dictionary(uniqueKeysWithValues: steps.map { ($0, state) })
        }
    }

    @Test("Nothing runs twice, a branch finds everything in the cache, and a change reaches exactly what depends on it")
    func incremental() async throws {
        let flights = try await Flights()
        let playground = flights.playground
        #expect(try await flights.run() == Flights.all("ran"))
        #expect(try await flights.run() == Flights.all("up-to-date"))
        let again = try await playground.headgate("plan", in: flights.path)
        #expect(again.status == 0)

        let workspace = FilePath(String(try await playground.done("switch", "-c", "work", in: flights.path).dropLast()))
        #expect(try await flights.run(in: workspace) == Flights.all("cached"))
        #expect(
            try FileSystem.readText(workspace.appending("out/report.md"))
                == FileSystem.readText(flights.path.appending("out/report.md")))

        // A column more in carriers: its only reader is the report.
        let file = workspace.appending("sql/carriers.sql")
        let text = try FileSystem.readText(file)
        let changed = text.replacing("count(*) as flights", with: "count(*) as flights, min(distance) as nearest")
        try #require(changed != text, "the template has changed; choose another edit\n\(text)")
        try FileSystem.replace(file, withText: changed)
        let why = try await playground.headgate("why", "carriers", in: workspace)
        #expect(why.output.contains("sql/carriers.sql"), "\(why.output)")
        var expected = Flights.all("up-to-date")
        expected["carriers"] = "ran"
        expected["report"] = "ran"
        let states = try await flights.run(in: workspace)
        #expect(states["carriers"] == "ran")
        #expect(
            states.filter { $0.value == "ran" }.keys.allSatisfy { ["carriers", "report"].contains($0) }, "\(states)")

        // A comment changes the step and not its output, so what depends on it stays.
        let clean = workspace.appending("sql/clean.sql")
        try FileSystem.replace(clean, withText: "-- As it came.\n" + FileSystem.readText(clean))
        var stopped = Flights.all("up-to-date")
        stopped["clean"] = "ran"
        #expect(try await flights.run(in: workspace) == stopped)
        try FileSystem.replace(file, withText: text)
        #expect(try await flights.run(in: workspace)["carriers"] == "cached")
    }

    @Test("Tests say what is true of the data, and the gate lets no broken join through")
    func gate() async throws {
        let flights = try await Flights()
        let playground = flights.playground
        let run = try await playground.headgate("run", "--json", in: flights.path)
        let tests = try JSON(run.output)["tests"].items
        func failing(_ column: String) -> Double? {
            tests.first {
                $0["id"].text?.contains("source:flights/") == true && $0["id"].text?.contains(column) == true
                    && $0["outcome"].text == "failed"
            }?["failing_rows"].number
        }
        #expect(failing("dep_time") == 521)
        #expect(failing("tailnum") == 155)
        #expect(failing("dest") == 680)

        let workspace = FilePath(String(try await playground.done("switch", "-c", "work", in: flights.path).dropLast()))
        let file = workspace.appending("sql/conditions.sql")
        let text = try FileSystem.readText(file)
        let broken = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("and h.origin = f.origin") }.joined(separator: "\n")
        try #require(broken != text)
        try FileSystem.replace(file, withText: broken)
        try await playground.git("commit", "--quiet", "--all", "--message", "Break it", in: workspace)
        let refused = try await playground.headgate("merge", "work", in: flights.path)
        #expect(refused.status == 1)
        #expect(refused.errorOutput.contains("closed: work does not land on main"), "\(refused.errorOutput)")
        #expect(refused.errorOutput.contains("conditions/unique"), "\(refused.errorOutput)")
        #expect(refused.errorOutput.contains("N619AA"), "the failing rows are shown\n\(refused.errorOutput)")
        try FileSystem.replace(file, withText: text + "\n-- Mended.\n")
        try await playground.git("commit", "--quiet", "--all", "--message", "Mend it", in: workspace)
        try await playground.done("merge", "work", in: flights.path)
        let note = try await playground.git("log", "--notes=headgate", "-1", in: flights.path)
        #expect(note.contains("verdict pass-with-warnings"), "\(note)")
        let landed = try await playground.git("rev-parse", "main^{tree}", in: flights.path)
        let tested = try await playground.git("rev-parse", "work^{tree}", in: flights.path)
        #expect(landed == tested)
        try await playground.done("verify", "main", in: flights.path)
        let prune = try await playground.headgate("prune", "--yes", in: flights.path)
        #expect(prune.errorOutput.contains("headgate env undelete work"), "\(prune.errorOutput)")
        try await playground.done("env", "undelete", "work", in: flights.path)
        #expect(try FileSystem.readText(file) == text + "\n-- Mended.\n")
    }

    @Test("A source's tests are given the values of the run")
    func parametersInSourceTests() async throws {
        let configuration = Playground.configuration.replacing(
            "- row_count: {min: 1}",
            with: "- sql: {name: not too many, query: \"select * from this where id > ${{ params.most }}\"}")
        let playground = try await Playground(configuration + "params: {most: 2}\n")
        try await playground.done("run")
        let refused = try await playground.headgate("run", "--param", "most=1")
        #expect(refused.status == 1, "\(refused.errorOutput)")
        #expect(refused.errorOutput.contains("not too many"), "\(refused.errorOutput)")
    }

    @Test("A result made beside a file that was not committed does not let a branch land")
    func forgottenFile() async throws {
        let configuration = Playground.configuration.replacing(
            "mkdir -p out && cat", with: "sh tools/join.sh; mkdir -p out && cat")
        let playground = try await Playground(
            configuration.replacing("inputs: [", with: "inputs: [tools/join.sh, "), files: ["tools/join.sh": "true\n"])
        try await playground.done("run")
        try await playground.done("switch", "-c", "work")
        let workspace = playground.workspace("work")
        try playground.repository.write("tools/join.sh", "sh tools/helper.sh || kill $PPID\n", in: workspace)
        try playground.repository.write("tools/helper.sh", "true\n", in: workspace)
        try await playground.done("run", in: workspace)
        try await playground.git("commit", "--quiet", "--message", "Forget the helper", "tools/join.sh", in: workspace)
        let refused = try await playground.headgate("merge", "work")
        #expect(refused.status == 1, "\(refused.errorOutput)")
        try await playground.git("add", "--all", in: workspace)
        try await playground.git("commit", "--quiet", "--message", "Remember it", in: workspace)
        try await playground.done("merge", "work")
    }

    @Test("A step that writes over what another made and was tested taints the run")
    func outputChangedLater() async throws {
        let playground = try await Playground(
            Playground.configuration + """
                  late:
                    needs: [join]
                    run: rm -f out/all.csv; echo id,name > out/all.csv; echo > out/late
                    inputs: [note.txt]
                    outputs: [out/late]

                """)
        let run = try JSON(try await playground.headgate("run", "--json").output)
        #expect(run["taints"].items.count == 1, "\(run)")
        try await playground.branch("work", ["other.txt": "1\n"])
        let merge = try JSON(try await playground.headgate("merge", "work", "--json").output)
        #expect(merge["landed"].flag == false)
        #expect(merge["verdict"]["outcome"].text == "tainted")
    }

    @Test("A source that no step reads is tested as well")
    func unreadSource() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing(
                "sources:\n", with: "sources:\n  other: {path: data/other.csv, tests: [row_count: {min: 5}]}\n"))
        try playground.repository.write("data/other.csv", "id\n1\n")
        let run = try await playground.headgate("run")
        #expect(run.status == 1)
        #expect(run.errorOutput.contains("source:other/row_count"), "\(run.errorOutput)")
    }

    @Test("A run that is ended after a step has run still says what became of it")
    func interrupted() async throws {
        let playground = try await Playground(
            """
            version: 1
            steps:
              one: {run: "mkdir -p out; echo > out/one", inputs: [note.txt], outputs: [out/one]}
              two: {run: "echo > out/two; sleep 120", inputs: [out/one], outputs: [out/two]}

            """)
        let script = """
            "$1" run & pid=$!
            until [ -e out/two ]; do sleep 0.05; done
            kill -TERM $pid; wait $pid; echo "exit $?"
            """
        let ended = try await CommandRunner().run(
            Invocation(
                "/bin/bash", ["-c", script, "bash", playground.program.executable.string],
                variables: playground.repository.variables, directory: playground.path,
                timeLimit: TimeSpan(seconds: 110)
            ))
        #expect(ended.outputText == "exit 143\n")
        #expect(ended.errorText.contains("interrupted  run "), "\(ended.errorText)")
        #expect(ended.errorText.contains("  steps  1 ran, 1 lost\n"), "\(ended.errorText)")
    }
}
