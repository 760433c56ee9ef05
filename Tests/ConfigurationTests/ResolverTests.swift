import Model
import Testing

@testable import Configuration

func context(
    _ branch: String = "feature/x", local: LocalLayer? = nil, variation: String? = nil,
    overrides: [String: String] = [:]
) throws -> ResolutionContext {
    ResolutionContext(
        branch: try #require(BranchName(branch)), environmentName: "feature-x", ports: ["notebook": 8901], local: local,
        variation: variation, overrides: overrides)
}

func read(_ text: String) throws -> ProjectConfiguration {
    try ConfigurationReader.read(text, file: "headgate.yaml")
}

func resolutionProblems(_ text: String, _ context: ResolutionContext) throws -> [ConfigurationProblem] {
    let configuration = try read(text)
    do throws(ConfigurationError) {
        _ = try ConfigurationResolver.resolve(configuration, in: context)
        return []
    } catch {
        return error.problems
    }
}

@Suite("Resolving")
struct ResolverTests {
    @Test("The example resolves for a branch")
    func wholeExample() throws {
        let pipeline = try ConfigurationResolver.resolve(try read(example), in: try context())
        #expect(pipeline.steps.map(\.id) == ["clean", "train[seed=1]", "train[seed=2]", "train[seed=3]"])
        #expect(pipeline.steps[0].command == "python clean.py --month '1'")
        #expect(pipeline.steps[0].commandTemplate == "python clean.py --month ${{ params.month }}")
        #expect(pipeline.steps[0].values == ["params.month": "1"])
        let train = pipeline.steps[2]
        #expect(train.command == "python train.py --model 'ridge' --seed '2'")
        #expect(train.outputs == ["models/2.bin", "metrics/2.json"])
        #expect(train.values == ["params.model": "ridge", "matrix.seed": "2"])
        #expect(train.needs == ["clean"])
        #expect(train.network)
        #expect(train.readPaths == ["~/.dbt"])
        let identifier = try #require(BranchName("feature/x")).identifier
        #expect(train.variables == ["TZ": "UTC", "DBT_SCHEMA": "dev_" + identifier, "SCHEMA": "dev_" + identifier])
        #expect(pipeline.parameters["sample"] == .number(0.1))
        #expect(pipeline.selection.isEmpty)
    }

    static let layersText = """
        version: 1
        params: {a: 1, b: 1, c: 1, d: 1, e: 1, n: 1.5, t: x}
        environments:
          - match: main
          - match: "*"
            params: {b: 2, c: 2, d: 2, e: 2}
        variations:
          v: {params: {d: 4, e: 4}}
        """

    @Test("Layers stand over each other: file, rule, local layer, variation, command line")
    func layers() throws {
        let local = LocalLayer(parameters: ["c": .integer(3), "d": .integer(3), "e": .integer(3)])
        let context = try context(local: local, variation: "v", overrides: ["e": "5"])
        let parameters = try ConfigurationResolver.resolvedParameters(try read(Self.layersText), in: context)
        #expect(parameters.map(\.name) == ["a", "b", "c", "d", "e", "n", "t"])
        #expect(parameters.prefix(5).map(\.value) == [.integer(1), .integer(2), .integer(3), .integer(4), .integer(5)])
        #expect(
            parameters.prefix(5).map(\.origin) == [
                .configuration, .environmentRule(match: "*"), .localLayer(file: "headgate.local.yaml"), .variation("v"),
                .commandLine,
            ])
    }

    @Test(
        "A wrong layer is refused",
        arguments: [
            (["a": "x"], nil, "--param: the parameter `a` must be a whole number"),
            (["m": "1"], nil, "`m`, which is not declared"),
            (["n": "inf"], nil, "must be a number"),
            ([:], "vv", "there is no variation `vv`"),
        ] as [([String: String], String?, String)])
    func wrongLayer(_ overrides: [String: String], _ variation: String?, _ message: String) throws {
        let problems = try resolutionProblems(Self.layersText, try context(variation: variation, overrides: overrides))
        #expect(problems.contains { $0.message.contains(message) }, "found \(problems)")
    }

    @Test("Variables refer to each other across layers; a rule may build on the weaker one")
    func variables() throws {
        let text = """
            version: 1
            secrets: [TOKEN]
            variables: {SCHEMA: prod, URL: "db/${{ variables.SCHEMA }}", KEY: "${{ secrets.TOKEN }}", P: "${{ ports.notebook }}"}
            ports: [notebook]
            environments:
              - match: "*"
                variables: {SCHEMA: "${{ variables.SCHEMA }}_${{ environment.name }}"}
            steps:
              a:
                run: "x"
                variables: {OWN: "${{ variables.URL }}!", ALSO: "${{ variables.KEY }}", SCHEMA: here}
            """
        let pipeline = try ConfigurationResolver.resolve(try read(text), in: try context())
        #expect(pipeline.variables == ["SCHEMA": "prod_feature-x", "URL": "db/prod_feature-x", "P": "8901"])
        #expect(pipeline.secretVariables == ["KEY": "TOKEN"])
        let step = pipeline.steps[0]
        #expect(
            step.variables == ["SCHEMA": "here", "URL": "db/prod_feature-x", "P": "8901", "OWN": "db/prod_feature-x!"])
        #expect(step.secretVariables == ["KEY": "TOKEN", "ALSO": "TOKEN"])
    }

    @Test("A circle of variables is refused")
    func circle() throws {
        let text = "version: 1\nvariables: {A: \"${{ variables.B }}\", B: \"${{ variables.A }}\"}\n"
        let problems = try resolutionProblems(text, try context())
        #expect(problems.contains { $0.message.contains("refers to itself") })
    }

    @Test("A secret never reaches a command")
    func secretInCommand() throws {
        let text = """
            version: 1
            secrets: [TOKEN]
            variables: {KEY: "${{ secrets.TOKEN }}"}
            steps: {a: {run: "x ${{ variables.KEY }}"}}
            """
        let problems = try resolutionProblems(text, try context())
        #expect(problems.contains { $0.message.contains("is a secret") && $0.line == 4 })
    }

    @Test("Include and exclude behave as in GitHub Actions")
    func matrix() throws {
        // The example of "Expanding or adding matrix configurations" in the documentation of GitHub Actions.
        let text = """
            version: 1
            steps:
              s:
                run: x
                matrix:
                  fruit: [apple, pear]
                  animal: [cat, dog]
                  include:
                    - {color: green}
                    - {color: pink, animal: cat}
                    - {fruit: apple, shape: circle}
                    - {fruit: banana}
                    - {fruit: banana, animal: cat}
            """
        let matrix = try #require(try read(text).steps[0].matrix)
        let combinations = try #require(MatrixExpansion.combinations(matrix))
        #expect(
            combinations.map(\.label) == [
                "fruit=apple,animal=cat", "fruit=apple,animal=dog", "fruit=pear,animal=cat", "fruit=pear,animal=dog",
                "fruit=banana", "fruit=banana,animal=cat",
            ])
        #expect(combinations.map { $0.values["color"]?.text } == ["pink", "green", "pink", "green", nil, nil])
        #expect(combinations.map { $0.values["shape"]?.text } == ["circle", "circle", nil, nil, nil, nil])
    }

    @Test("Exclude takes combinations away; needs and selections expand to members")
    func groups() throws {
        let text = """
            version: 1
            steps:
              s:
                run: x ${{ matrix.a }}
                matrix: {a: [1, 2], b: [x, y], exclude: [{a: 1, b: y}]}
              t: {run: x, needs: [s]}
              u: {run: x, needs: ["s[a=2,b=y]"]}
            """
        let configuration = try read(text)
        let pipeline = try ConfigurationResolver.resolve(configuration, in: try context(), only: ["u", "s", "u"])
        #expect(pipeline.steps[3].needs == ["s[a=1,b=x]", "s[a=2,b=x]", "s[a=2,b=y]"])
        #expect(pipeline.steps[4].needs == ["s[a=2,b=y]"])
        #expect(pipeline.selection == ["u", "s[a=1,b=x]", "s[a=2,b=x]", "s[a=2,b=y]"])
        #expect(throws: ConfigurationError.self) {
            try ConfigurationResolver.resolve(configuration, in: try context(), only: ["s[a=1,b=y]"])
        }
    }

    @Test(
        "What only shows when resolved is refused",
        arguments: [
            ("s: {run: x, matrix: {a: [1, 2]}, outputs: [o]}", "both make `o`"),
            ("s: {run: x, matrix: {a: [1, 2]}, outputs: [\"o/${{ matrix.b }}\"]}", "unused"),
            (
                "s: {run: \"x ${{ matrix.b }}\", matrix: {a: [1], include: [{a: 2, b: 1}]}}",
                "`${{ matrix.b }}` refers to nothing here"
            ),
            ("s: {run: x, matrix: {a: [1], exclude: [{a: 1}]}}", "excludes every combination"),
            ("s: {run: x, matrix: {a: [../x]}, outputs: [\"o/${{ matrix.a }}\"]}", "`o/../x` leaves its folder"),
            ("s: {run: x, matrix: {a: [raw]}, outputs: [\"data/${{ matrix.a }}/x\"]}", "inside the read-only source"),
            ("s: {run: x, matrix: {a: [\"*\"]}, inputs: [\"o/${{ matrix.a }}\"]}", "would be a pattern"),
            ("s: {run: x, matrix: {a: [\"b c\"]}, image: \"i:${{ matrix.a }}\"}", "not plain enough"),
            ("s: {run: x, needs: [\"t[a=2]\"]}\n  t: {run: x, matrix: {a: [1]}}", "`t[a=2]`, which is no step"),
            (
                "s: {run: x, outputs: [o], matrix: {a: [\"1; drop\"]}, tests: [sql: {query: \"select ${{ matrix.a }}\", table: o}]}",
                "not plain enough for SQL"
            ),
        ])
    func refused(_ steps: String, _ message: String) throws {
        let text = "version: 1\nsources: {raw: {path: data/raw}}\nsteps:\n  \(steps)\n"
        guard message != "unused" else {
            #expect(problems(in: text).contains { $0.message.contains("refers to nothing") })
            return
        }
        let problems = try resolutionProblems(text, try context())
        #expect(problems.contains { $0.message.contains(message) && $0.line != nil }, "found \(problems)")
    }

    @Test("Too many combinations are refused before they are made")
    func tooMany() throws {
        let axis = "[" + (0..<100).map(String.init).joined(separator: ", ") + "]"
        let axes = (0..<12).map { "a\($0): \(axis)" }.joined(separator: ", ")
        let problems = try resolutionProblems("version: 1\nsteps: {s: {run: x, matrix: {\(axes)}}}\n", try context())
        #expect(problems.first?.message.contains("the limit is 10000") == true)
    }

    @Test("Locations keep secrets as names, and the local layer wins")
    func locations() throws {
        let local = LocalLayer(locations: ["raw": "/home/me/flights"])
        let configuration = try read(example)
        let sources = try ConfigurationResolver.resolveSources(configuration, in: try context(local: local))
        #expect(
            sources.reduce(into: [:]) { $0[$1.name] = $1.location } == [
                "raw": "/home/me/flights", "sales": "/srv/sales.sqlite", "crm": "${{ secrets.CRM_URL }}",
            ])
        #expect(SecretReference.names(in: "a${{ secrets.X }}b${{secrets.Y}}") == ["X", "Y"])
        #expect(
            SecretReference.fill("a${{ secrets.X }}b${{ secrets.Y }}", with: ["X": "${{ secrets.Y }}"])
                == "a${{ secrets.Y }}b${{ secrets.Y }}")
        let wrong = LocalLayer(locations: ["rwa": "/x"])
        #expect(throws: ConfigurationError.self) {
            try ConfigurationResolver.resolveSources(configuration, in: try context(local: wrong))
        }
    }

    @Test("An environment has its rule, variables and commands")
    func environment() throws {
        let text = """
            version: 1
            expire: {unused: 10d}
            environments:
              - match: "feature/*"
                from: main
                setup: make schema NAME=${{ branch.name }}
                expire: {merged: 1d}
            """
        let environment = try ConfigurationResolver.resolveEnvironment(try read(text), in: try context())
        #expect(environment.match == "feature/*")
        #expect(environment.setup == "make schema NAME='feature/x'")
        #expect(environment.expiry == Expiry(merged: .days(1), unused: .days(10), trash: .days(7)))
    }

    @Test("The local layer is read and checked")
    func localLayer() throws {
        let text = "params: {month: 3}\nvariables: {A: 1}\nsources: {raw: {location: /x}}\n"
        let layer = try LocalLayerReader.read(text, file: "headgate.local.yaml")
        #expect(
            layer == LocalLayer(parameters: ["month": .integer(3)], locations: ["raw": "/x"], variables: ["A": "1"]))
        #expect(try LocalLayerReader.read("", file: "headgate.local.yaml").isEmpty)
        #expect(throws: ConfigurationError.self) {
            try LocalLayerReader.read("steps: {}\n", file: "headgate.local.yaml")
        }
        #expect(throws: ConfigurationError.self) { try LocalLayerReader.read("[1]\n", file: "headgate.local.yaml") }
    }
}
