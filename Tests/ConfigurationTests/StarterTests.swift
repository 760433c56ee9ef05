import Model
import Testing

@testable import Configuration

@Suite("Starting a project")
struct StarterTests {
    @Test("Stages of dvc.yaml are read")
    func dvc() throws {
        let text = """
            stages:
              prepare:
                cmd: python src/prepare.py data/data.xml
                deps: [data/data.xml, src/prepare.py]
                params: [prepare.seed, {other.yaml: [a, b]}]
                outs: [data/prepared]
              train:
                wdir: models
                cmd:
                  - python train.py
                  - python check.py
                deps: [train.py]
                outs:
                  - model.pkl: {cache: false}
                metrics:
                  - metrics.json: {cache: false}
              many:
                foreach: [a, b]
                do: {cmd: "echo ${item}"}
              odd:
                cmd: "echo ${not.known}"
            """
        let stages = try ProjectRecognizer.dvcStages(text)
        var many = DVCStage(name: "many", command: "echo ${{ matrix.item }}")
        many.matrix = Matrix(axes: [.init(name: "item", values: [.string("a"), .string("b")])])
        #expect(
            stages == [
                DVCStage(
                    name: "prepare", command: "python src/prepare.py data/data.xml",
                    dependencies: ["data/data.xml", "src/prepare.py"],
                    outputs: ["data/prepared"], parameters: ["prepare.seed", "other.yaml:a", "other.yaml:b"]),
                DVCStage(
                    name: "train", command: "python train.py\npython check.py", directory: "models",
                    dependencies: ["train.py"],
                    outputs: ["model.pkl"], metrics: ["metrics.json"]),
                many, DVCStage(name: "odd", command: "echo ${not.known}", isTemplate: true),
            ])
        #expect(
            try ProjectRecognizer.dvcParameters("a: {b: 1, c: [1]}\nd: x\n") == ["a.b": .integer(1), "d": .string("x")])
        #expect(try ProjectRecognizer.dvcStages("").isEmpty)
        #expect(throws: ConfigurationError.self) { try ProjectRecognizer.dvcStages("stages: [") }
    }

    @Test("Simple rules of a Makefile are read")
    func make() {
        let text = """
            # comment
            OUT := build
            PY ?= python3
            NOW != date
            .PHONY: all clean
            all: $(OUT)/clean.csv
            $(OUT)/clean.csv: raw.csv clean.py | $(OUT)
            \t@$(PY) clean.py $< \\
            \t  > $@
            \t-echo "$$HOME done"
            clean:
            \trm -rf $(OUT)
            %.o: %.c
            \tcc $<
            stamp.txt:
            \techo $(NOW) > $@
            one two: x ; touch $@
            report.txt: $(shell ls)
            \tcat $^
            ifeq ($(OS),x)
            other: y
            \ttouch other
            endif
            """
        let rules = ProjectRecognizer.makeRules(text)
        #expect(
            rules == [
                MakeRule(
                    target: "build/clean.csv", prerequisites: ["raw.csv", "clean.py"],
                    recipe: ["python3 clean.py raw.csv \\\n\t  > build/clean.csv", "echo \"$HOME done\""],
                    isPhony: false, line: 7),
                MakeRule(target: "clean", prerequisites: [], recipe: ["rm -rf build"], isPhony: true, line: 11),
                MakeRule(target: "one", prerequisites: ["x"], recipe: ["touch one"], isPhony: false, line: 17),
                MakeRule(target: "two", prerequisites: ["x"], recipe: ["touch two"], isPhony: false, line: 17),
            ])
    }

    private func findings() -> ProjectFindings {
        var findings = ProjectFindings(projectName: "my flights!")
        findings.dataFolders = [
            .init(path: "data/raw", size: ByteCount(3_100_000_000), files: 12),
            .init(path: "data/raw/sub", size: ByteCount(1), files: 1),
            .init(path: "build", size: ByteCount(10), files: 1),
        ]
        findings.tables = [
            .init(
                path: "data/raw/flights.csv", isTracked: false, columns: ["id", "carrier"], candidateKey: ["id"],
                rows: 10),
            .init(path: "data/raw/a b:c.csv", isTracked: false), .init(path: "lookup.csv", isTracked: true),
        ]
        findings.dependencyFiles = ["uv.lock"]
        findings.notebooks = ["notebooks/explore.ipynb"]
        findings.makeRules = [
            MakeRule(
                target: "build/clean.csv", prerequisites: ["data/raw/flights.csv"],
                recipe: ["python clean.py", "echo 'a: b'"], isPhony: false, line: 3),
            MakeRule(target: "../out.csv", prerequisites: [], recipe: ["x"], isPhony: false, line: 5),
            MakeRule(target: "clean", prerequisites: [], recipe: ["rm -rf build"], isPhony: true, line: 7),
        ]
        return findings
    }

    @Test("What was found becomes a configuration with tests")
    func starter() throws {
        let text = StarterConfiguration.text(for: findings())
        let configuration = try ConfigurationReader.read(text, file: "headgate.yaml")
        #expect(configuration.project == "my_flights_")
        #expect(configuration.sources.map(\.path) == ["data/raw"])
        #expect(
            configuration.sources[0].tests.map(\.check) == [
                .rowCount(minimum: 1, maximum: nil, equals: nil), .unique(columns: ["id"]),
            ])
        #expect(configuration.steps.map(\.name) == ["clean"])
        #expect(configuration.steps[0].run == "python clean.py\necho 'a: b'")
        #expect(configuration.steps[0].outputs == ["build/clean.csv"])
        #expect(configuration.steps[0].tests.count == 1)
        #expect(text.contains("12 files, 3.1 GB"))
        #expect(text.contains("# setup: {run: uv sync --frozen"))
        #expect(text.contains("could not be taken over"))
    }

    @Test("Stages win over rules, and tables in Git get a place for their tests")
    func others() throws {
        var findings = findings()
        findings.dvcStages = [
            DVCStage(
                name: "train model", command: "python train.py", directory: "m", dependencies: ["train.py"],
                outputs: ["model.bin"], parameters: ["lr"], metrics: ["metrics.json"]),
            DVCStage(name: "many", command: "x", isTemplate: true),
        ]
        findings.dataFolders = []
        findings.mainBranch = "trunk"
        let configuration = try ConfigurationReader.read(
            StarterConfiguration.text(for: findings), file: "headgate.yaml")
        #expect(configuration.steps.map(\.name) == ["train_model", "tables"])
        #expect(configuration.steps[0].run == "cd 'm'\npython train.py")
        #expect(configuration.steps[0].inputs == ["m/train.py", "m/params.yaml"])
        #expect(configuration.steps[0].outputs == ["m/model.bin", "m/metrics.json"])
        #expect(configuration.steps[1].tests.isEmpty == false)
        #expect(configuration.environments.first?.match.text == "trunk")
    }

    @Test("An empty project gets an example that runs, with tests")
    func empty() throws {
        let text = StarterConfiguration.text(for: ProjectFindings(projectName: "x"))
        let steps = try ConfigurationReader.read(text, file: "headgate.yaml").steps
        #expect(steps.map(\.name) == ["example"])
        #expect(steps.first?.tests.isEmpty == false)
    }

    @Test("Whatever the names are, the result is read", arguments: [11, 12] as [UInt64])
    func hostile(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func name() -> String {
            (0..<Int.random(in: 0...4, using: &random)).map { _ in
                (FuzzTests.pieces + ["a", "b", "data", "x.csv"]).randomElement(using: &random) ?? ""
            }.joined()
        }
        for _ in 0..<300 {
            var findings = ProjectFindings(projectName: name())
            findings.mainBranch = name()
            findings.dataFolders = (0..<3).map { _ in .init(path: name(), size: ByteCount(1), files: 1) }
            findings.tables = (0..<4).map { _ in .init(path: name(), isTracked: false, candidateKey: [name(), name()]) }
            findings.makeRules = (0..<3).map { _ in
                MakeRule(target: name(), prerequisites: [name()], recipe: [name()], isPhony: false, line: 1)
            }
            findings.dvcStages = (0..<2).map { _ in
                DVCStage(name: name(), command: name(), directory: name(), dependencies: [name()], outputs: [name()])
            }
            findings.notebooks = [name()]
            findings.dbtProjects = [name()]
            let text = StarterConfiguration.text(for: findings)
            _ = try ConfigurationReader.read(text, file: "headgate.yaml")
            _ = ProjectRecognizer.makeRules(name() + ":" + name() + "\n\t" + name())
            _ = try? ProjectRecognizer.dvcStages("stages: {a: {cmd: \(name())}}")  // Refused or not: it must return.
        }
    }
}
