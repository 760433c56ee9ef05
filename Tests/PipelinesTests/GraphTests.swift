import HostSystem
import Model
import Pipelines
import SystemPackage
import Testing

private func graph(_ steps: [ResolvedStep], sources: [SourceMount] = []) throws -> PipelineGraph {
    let pipeline = ResolvedPipeline(steps: steps, parameters: [:], variables: [:], shell: ["sh", "-c"])
    return try PipelineGraph(pipeline, sources: sources)
}

private func error(_ steps: [ResolvedStep], sources: [SourceMount] = []) -> PipelineError? {
    do {
        _ = try graph(steps, sources: sources)
        return nil
    } catch {
        return error as? PipelineError
    }
}

@Suite("The graph of steps")
struct GraphTests {
    @Test("Steps are joined by files, directories, patterns and needs")
    func joins() throws {
        let graph = try graph([
            step("report", "", inputs: ["models/*.json", "out"], outputs: ["report.html"]),
            step("one", "", inputs: ["raw.csv"], outputs: ["models/1.json"]),
            step("two", "", outputs: ["models/2.json"], needs: ["late"]),
            step("deep", "", inputs: ["./parts/a/b.csv"], outputs: ["out/deep.txt"]),
            step("parts", "", outputs: ["parts/"]),
            step("inside", "", inputs: ["parts/*/x.csv"], outputs: ["inside.txt"]),
            step("late", ""),
        ])
        #expect(Set(graph.dependencies(of: "report")) == ["one", "two", "deep"])
        #expect(graph.dependencies(of: "one").isEmpty)
        #expect(graph.dependencies(of: "two") == ["late"])
        #expect(graph.dependencies(of: "deep") == ["parts"])
        #expect(graph.dependencies(of: "inside") == ["parts"])
        let order = try graph.steps()
        #expect(order.count == 7)
        for id in order {
            for dependency in graph.dependencies(of: id) {
                let position = try #require(order.firstIndex(of: dependency))
                #expect(position < (order.firstIndex(of: id) ?? 0))
            }
        }
        #expect(try graph.descendants(of: ["parts"]) == ["parts", "deep", "report", "inside"])
        #expect(
            try graph.steps(named: ["report"], includingDependencies: true) == [
                "one", "late", "two", "parts", "deep", "report",
            ])
    }

    @Test("Groups are addressed by their bare name")
    func groups() throws {
        let graph = try graph([
            step("train[seed=1]", ""), step("train[seed=2]", ""), step("other", "", needs: ["train"]),
        ])
        #expect(try graph.steps(named: ["train"], includingDependencies: false) == ["train[seed=1]", "train[seed=2]"])
        #expect(graph.dependencies(of: "other") == ["train[seed=1]", "train[seed=2]"])
        #expect(throws: PipelineError.unknownStep("trian", similar: "train")) {
            _ = try graph.steps(named: ["trian"], includingDependencies: true)
        }
    }

    @Test("A circle is an error that names its steps and lines")
    func circle() throws {
        let found = error([
            step("a", "", inputs: ["c.txt"], outputs: ["a.txt"], line: 3),
            step("b", "", inputs: ["a.txt"], outputs: ["b.txt"], line: 7),
            step("c", "", inputs: ["b.txt"], outputs: ["c.txt"], line: 11),
        ])
        let diagnosis = try #require(found).diagnosis
        #expect(
            diagnosis.reason
                == "`a` (headgate.yaml:3) needs `c` (headgate.yaml:11) needs `b` (headgate.yaml:7) needs `a` (headgate.yaml:3)"
        )
        #expect(found?.exitStatus == .configuration)
    }

    @Test(
        "Two steps with one output are an error that names both lines",
        arguments: [
            ["out.txt", "out.txt"], ["out", "out/x.txt"], ["out/x.txt", "out"], ["./out//x", "out/x/"],
        ])
    func duplicateOutputs(_ outputs: [String]) throws {
        let found = error([
            step("a", "", outputs: [outputs[0]], line: 3), step("b", "", outputs: [outputs[1]], line: 9),
        ])
        guard case .duplicateOutput(_, let one, let other) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(Set([one.line?.line, other.line?.line]) == [3, 9])
    }

    @Test("What differs only in its Unicode normal form is two files")
    func normalForms() {
        #expect(error([step("a", "", outputs: ["caf\u{e9}"]), step("b", "", outputs: ["cafe\u{301}"])]) == nil)
    }

    @Test(
        "Outputs stay out of read-only sources and Git's directory",
        arguments: [
            "data/raw/new.csv", "data/raw", "data", ".git/hooks/x", "../x", "/etc/x", ".headgate/environment",
            "a/../../x", ".", "*.csv",
        ])
    func forbiddenOutputs(_ output: String) {
        let source = SourceMount(name: "raw", path: "data/raw", realPath: "/srv/raw")
        #expect(error([step("a", "", outputs: [output])], sources: [source]) != nil)
    }

    @Test("A writable source may be written into")
    func writableSource() {
        let source = SourceMount(name: "raw", path: "data/raw", realPath: nil, isWritable: true)
        #expect(error([step("a", "", outputs: ["data/raw/new.csv"])], sources: [source]) == nil)
    }

    @Test("A step that reads what it writes is an error", arguments: ["out", "*.txt", "**/x.txt", "out/x.txt"])
    func ownOutput(_ input: String) {
        guard case .readsOwnOutput = error([step("a", "", inputs: [input], outputs: ["out/x.txt", "y.txt"])]) else {
            Issue.record("\(input) was allowed")
            return
        }
    }

    @Test("needs may name a source, and nothing unknown")
    func needs() throws {
        let source = SourceMount(name: "crm", path: nil, realPath: nil)
        let graph = try graph([step("a", "", needs: ["crm"])], sources: [source])
        #expect(graph.sources(of: "a") == ["crm"])
        #expect(
            error([step("clean", ""), step("b", "", needs: ["claen"], line: 4)])
                == .unknownNeed("claen", .init(step("b", "", line: 4)), similar: "clean"))
    }

    @Test("Ten thousand steps are joined in time linear in what they declare")
    func tenThousand() throws {
        var steps: [ResolvedStep] = []
        for number in 0..<10_000 {
            let inputs =
                number == 0 ? ["raw.csv"] : ["out/\(number - 1).txt", "src/\(number % 100).py", "cfg/\(number)_*.yml"]
            steps.append(step("s\(number)", "true", inputs: inputs, outputs: ["out/\(number).txt"]))
        }
        steps.append(step("all", "true", inputs: ["out/*.txt"], outputs: ["all.txt"]))
        let started = SystemClock.monotonicNanoseconds()
        let graph = try graph(steps)
        let milliseconds = Double(SystemClock.monotonicNanoseconds() - started) / 1e6
        print("10,001 steps in a chain joined in \(Int(milliseconds)) ms (debug build)")
        #expect(graph.dependencies(of: "all").count == 10_000)
        #expect(milliseconds < 5000)
    }
}

@Suite("Whether a pattern reads an output")
struct PatternAgainstOutputTests {
    static let table: [(pattern: String, output: String, reads: Bool)] = [
        // What the pattern matches.
        ("**/*.csv", "data/clean.csv", true), ("data/*", "data/clean.csv", true), ("**", "clean.csv", true),
        ("data/**", "data/clean.csv", true), ("*.csv", "clean.csv", true), ("d?ta/[a-c]*.csv", "data/clean.csv", true),
        ("*.csv", "data/clean.csv", false), ("data/*", "data/deep/clean.csv", false),
        ("[!c]*.csv", "clean.csv", false),
        // What would have to be a directory, against its name.
        ("**/*.sh", "data/clean.csv", false), ("data/**/*.sh", "data/clean.csv", false),
        ("data/*/part.csv", "data/clean.csv", false), ("**/**/*.sh", "data/clean.csv", false),
        ("*/*", "clean.csv", false),
        // A directory by its name, or because the pattern names it.
        ("**/*.sh", "data/tools", true), ("data/*/x.sh", "data/v1.2", true),
        ("**/*.sh", ".cache", true), ("data/*.parquet/part-*", "data/x.parquet", true),
        ("data/x.parquet/*", "data/x.parquet", true), ("**/x.parquet/*.bin", "data/x.parquet", true),
        ("data/**/x.parquet/*.bin", "data/x.parquet", true),
        // Beside it, above it, below it.
        ("src/**/*.sh", "data/tools", false), ("data/tools/bin/*.sh", "data/tools", true),
        ("data/tools/*.sh", "data/tools/bin", false), ("data/tools/**/*.sh", "data/tools/bin", true),
        ("da*/x", "data", true), ("data-*/x", "data", false),
    ]

    @Test("…it does where it matches, or may match inside a directory", arguments: table)
    func reads(_ row: (pattern: String, output: String, reads: Bool)) throws {
        let graph = try graph([
            step("maker", "", inputs: ["raw"], outputs: [row.output]), step("reader", "", inputs: [row.pattern]),
        ])
        #expect(graph.dependencies(of: "reader") == (row.reads ? ["maker"] : []))
    }

    @Test("A directory with the name of a file is noticed, and `needs` is enough to read it")
    func misjudged() async throws {
        let project = try await TestProject()
        var steps = [
            step("reader", "cat conf.d/a.sh > read", inputs: ["**/*.sh"], outputs: ["read"], line: 9),
            step("maker", "mkdir conf.d; cp word conf.d/a.sh", inputs: ["word"], outputs: ["conf.d"], line: 3),
        ]
        try project.write("tool.sh", "")
        try project.write("word", "1")
        let report = try await project.run(steps)
        #expect(
            report.steps.first { $0.id == "maker" }?.message?.hasPrefix(
                "the output `conf.d` of `maker` (headgate.yaml:3) is a directory with the name of a file: `reader` (headgate.yaml:9) reads"
            ) == true)
        #expect(!project.exists("conf.d"))
        steps[0].needs = ["maker"]
        #expect(try await project.run(steps).summary == "maker ran, reader ran")
        try project.write("word", "2")
        #expect(try await project.run(steps).summary == "maker ran, reader ran")
        #expect(try project.read("read") == "2")
        steps[0].needs = []
        // What the disk knows already is said before anything runs.
        await #expect(throws: PipelineError.self) { try await project.run(steps) }
    }

    @Test("A step whose pattern matches in the directory that it writes never becomes up to date, and fails")
    func ownDirectory() async throws {
        let project = try await TestProject()
        try project.write("tool.sh", "")
        let steps = [step("s", "mkdir out; touch out/x.sh", inputs: ["**/*.sh"], outputs: ["out"])]
        #expect(try await project.run(steps).steps[0].message?.hasPrefix("`s` reads what it writes: ") == true)
    }

    @Test(
        "A program that lies where its step writes is not moved away, declared as an input or not",
        arguments: ["sh scripts/clean.sh", "./scripts/clean.sh > log", "sh 'scripts/clean.sh'"])
    func program(_ command: String) async throws {
        let project = try await TestProject()
        try project.write("scripts/clean.sh", "mkdir -p scripts")
        var steps = [step("s", command, outputs: ["scripts"], line: 3)]
        steps[0].inputs = nil
        await #expect(
            throws: PipelineError.readsOwnOutput(
                input: "scripts/clean.sh", output: "scripts", .init(steps[0]))
        ) {
            try await project.run(steps, adjust: { $0.trackedFiles = { [FilePath("scripts/clean.sh")] } })
        }
        #expect(project.exists("scripts/clean.sh"))
        // What it is given to write is no program.
        steps[0].command = "mkdir metrics; echo 1 > metrics/a.json"
        steps[0].outputs = ["metrics"]
        try project.write("metrics/a.json", "")
        let report = try await project.run(steps, adjust: { $0.trackedFiles = { [FilePath("metrics/a.json")] } })
        #expect(report.summary == "s ran")
    }

    @Test("Scripts named by a pattern make no circle with the files that they write")
    func noCircle() {
        #expect(error([step("clean", "", inputs: ["**/*.sh"], outputs: ["data/clean.csv"])]) == nil)
    }
}
