import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Projects of other tools, computed by those tools, go through `init` and `adopt`; nothing of them runs again.
@Suite("adopt")
struct AdoptTests {
    private func project(_ files: [String: String], computedBy script: String) async throws -> Playground {
        let playground = try await Playground(nil, files: files)
        try FileSystem.removeTree(playground.path.appending("data/raw.csv"), within: playground.path)
        try playground.repository.write("data/raw/sales.csv", "id,amount\n1,2\n2,3\n")
        let made = try await CommandRunner().run(
            Invocation("bash", ["-ec", script], variables: playground.program.variables, directory: playground.path))
        #expect(made.succeeded, "\(made.errorText)")
        try await playground.repository.commit(message: "Computed")
        try await playground.done("init")
        return playground
    }

    /// Each step's action.
    private func plan(_ playground: Playground) async throws -> [String: String] {
        let answer = try await playground.headgate("plan", "--json")
        #expect([0, 10].contains(answer.status), "\(answer.errorOutput)")
        return Dictionary(
            try JSON(answer.output)["steps"].items.map { ($0["id"].text ?? "", $0["action"].text ?? "") }
        ) { $1 }
    }

    /// Adopts everything: before, all steps would run; afterwards, none.
    private func adoptsAll(_ playground: Playground, _ ids: Set<String>, files: Int) async throws {
        let written = try FileSystem.readText(playground.path.appending("headgate.yaml"))
        let before = try await plan(playground)
        #expect(Set(before.keys) == ids, "\(written)")
        #expect(before.values.allSatisfy { $0 == "run" })
        let answer = try JSON(await playground.done("adopt", "--json"))
        #expect(answer["schema"].text == "headgate.adopt/1")
        #expect(answer["left"].items.isEmpty, "\(answer)")
        #expect(answer["outputs"].number == Double(files))
        #expect(Set(answer["adopted"].items.compactMap { $0["id"].text }) == ids)
        #expect(try await plan(playground).values.allSatisfy { $0 == "up-to-date" })
        let run = try await playground.headgate("run", "--json")
        #expect(run.status == 0, "\(run.errorOutput)")
        let states = try JSON(run.output)["steps"].items.compactMap { $0["state"].text }
        #expect(states.allSatisfy { $0 == "up-to-date" }, "\(states)")
        #expect(try JSON(run.output)["taints"].items.count == ids.count, "adopted results are good for no verdict")
    }

    @Test("A project of DVC with stages, params, vars, a matrix, foreach, metrics and plots")
    func dvc() async throws {
        let playground = try await project(
            [
                ".gitignore": "data/raw/\ndata/clean.csv\nmodels/\n",
                "params.yaml": "clean: {least: 1}\nmodels: [ridge, forest]\n",
                "clean.sh": "grep -v nothing data/raw/sales.csv > data/clean.csv\n",
                "train.sh": "mkdir -p models; echo $1 $2 > $3; cat data/clean.csv >> $3\n",
                "dvc.yaml": """
                vars:
                  - folder: models
                stages:
                  clean:
                    cmd: bash clean.sh
                    deps: [data/raw/sales.csv, clean.sh]
                    params: [clean.least]
                    outs: [data/clean.csv]
                  train:
                    matrix:
                      model: ${models}
                      seed: [1, 2]
                    cmd: bash train.sh ${item.model} ${item.seed} ${folder}/${item.model}-${item.seed}.txt
                    deps: [data/clean.csv, train.sh]
                    outs: ["${folder}/${item.model}-${item.seed}.txt"]
                  measure:
                    foreach: {small: {file: ridge-1}, large: {file: forest-2}}
                    do:
                      cmd:
                        - mkdir -p eval
                        - >-
                          echo '{"size": 1}' > eval/${key}.json
                        - tail -n +2 models/${item.file}.txt > eval/${key}.csv
                      deps: ["models/${item.file}.txt"]
                      metrics: [{"eval/${key}.json": {cache: false}}]
                      plots: [{"eval/${key}.csv": {x: id}}]

                """,
            ],
            computedBy: """
                bash clean.sh
                for m in ridge forest; do for s in 1 2; do bash train.sh $m $s models/$m-$s.txt; done; done
                mkdir -p eval
                for p in small:ridge-1 large:forest-2; do
                  echo '{"size": 1}' > eval/${p%:*}.json; tail -n +2 models/${p#*:}.txt > eval/${p%:*}.csv
                done
                """)
        let ids: Set = [
            "clean", "train[model=ridge,seed=1]", "train[model=ridge,seed=2]", "train[model=forest,seed=1]",
            "train[model=forest,seed=2]", "measure[file=ridge-1,key=small]", "measure[file=forest-2,key=large]",
        ]
        try await adoptsAll(playground, ids, files: 9)
        // What it wrote runs: the same bytes come out.
        let forced = try await playground.headgate("run", "--force", "--json")
        #expect(forced.status == 0, "\(forced.errorOutput)\(forced.output)")
        #expect(
            try FileSystem.readText(playground.path.appending("models/forest-2.txt")).hasPrefix("forest 2\nid,amount"))
    }

    @Test("A Makefile with variables, pattern rules, wildcards and directories to be made")
    func make() async throws {
        let makefile = """
            RAW := data/raw/sales.csv
            MODELS = build/models/ridge.txt build/models/forest.txt
            .PHONY: all clean
            all: build/report.md
            build/clean.csv: $(RAW) clean.sh | build
            \t@bash clean.sh $< > $@
            build:
            \tmkdir -p build
            build/models/%.txt: build/clean.csv
            \tmkdir -p $(@D)
            \techo $* > $@
            build/lookup.txt: $(wildcard lookup/*.txt)
            \tcat $^ > $@
            build/report.md: $(MODELS) build/lookup.txt
            \tcat $^ > $@
            clean:
            \trm -rf build

            """
        let playground = try await project(
            [
                ".gitignore": "data/\nbuild/\n", "Makefile": makefile, "clean.sh": "cat $1\n", "lookup/a.txt": "a\n",
                "lookup/b.txt": "b\n",
            ], computedBy: "make --quiet")
        try await adoptsAll(playground, ["clean", "ridge", "forest", "lookup", "report"], files: 5)
        let forced = try await playground.headgate("run", "--force", "--json")
        #expect(forced.status == 0, "\(forced.errorOutput)\(forced.output)")
        #expect(try FileSystem.readText(playground.path.appending("build/report.md")) == "ridge\nforest\na\nb\n")
    }

    @Test("What is missing, what comes after it and what a run made are left as they are, each with the reason")
    func left() async throws {
        let playground = try await Playground(
            """
            version: 1
            project: small
            steps:
              a: {run: cp note.txt out/a, inputs: [note.txt], outputs: [out/a]}
              b: {run: cp out/a out/b, inputs: [out/a], outputs: [out/b, out/b2]}
              c: {run: cp out/b out/c, inputs: [out/b], outputs: [out/c]}
              check: {run: "true", inputs: [out/a]}

            """)
        try await playground.done("run", "a")
        try playground.repository.write("out/b", "b")
        try playground.repository.write("out/c", "c")
        let outcome = try await playground.headgate("adopt")
        #expect(
            outcome.transcript(in: playground) == """
                left     a  it was up to date before
                left     b  `out/b2` is not there
                left     c  `b` before it has to run
                left     check  it declares no outputs
                0 outputs adopted, 0 B; good for skipping, not for a verdict
                exit 0

                """)
        try playground.repository.write("out/b2", "b")
        #expect(try await playground.headgate("adopt", "b").output.contains("adopted  b"))
        let run = try await playground.headgate("run", "--json")
        let states = try JSON(run.output)["steps"].items.map { "\($0["id"].text ?? "") \($0["state"].text ?? "")" }
        // `check` failed nothing: it ran, and `c` was not adopted.
        #expect(
            states.contains("a up-to-date") && states.contains("b up-to-date") && states.contains("c ran"), "\(states)")
        let unknown = try await playground.headgate("adopt", "bb")
        #expect(unknown.status == 78 || unknown.status == 64, "\(unknown.errorOutput)")
    }
}
