import Model
import Testing

@testable import Configuration

@Suite("A configuration that uses nearly every key")
struct ExampleTests {
    let configuration: ProjectConfiguration

    init() throws {
        configuration = try ConfigurationReader.read(example, file: "headgate.yaml")
    }

    @Test("Parameters are typed by their default or in long form")
    func parameters() {
        #expect(configuration.project == "flights")
        #expect(configuration.parameters["month"] == Parameter(type: .integer, defaultValue: .integer(1)))
        #expect(
            configuration.parameters["sample"]
                == Parameter(type: .number, defaultValue: .number(1), minimum: 0, maximum: 1))
        #expect(configuration.parameters["model"]?.oneOf == [.string("ridge"), .string("forest")])
    }

    @Test("Rules stand in the order of the file")
    func environments() throws {
        #expect(configuration.environments.map(\.match.text) == ["main", "release/*", "*"])
        #expect(configuration.environments.map(\.isProtected) == [true, true, false])
        let rule = try #require(configuration.environments.last)
        #expect(rule.from == "main")
        #expect(rule.parameters == ["sample": .number(0.1)])
        #expect(rule.variables == ["DBT_SCHEMA": "dev_${{ branch.identifier }}"])
        #expect(rule.setup == "./scripts/make_schema.sh")
    }

    @Test("Every kind of source is read")
    func sources() throws {
        #expect(configuration.sources.map(\.name) == ["raw", "sales", "crm", "warehouse", "rates"])
        #expect(configuration.sources.map(\.kind) == [.files, .sqlite, .postgres, .command, .project])
        let raw = configuration.sources[0]
        #expect(raw.location == "/srv/warehouse/flights")
        #expect(raw.freshness == Freshness(warnAfter: .hours(26), errorAfter: .days(3)))
        #expect(raw.tests.map(\.check) == [.rowCount(minimum: 1, maximum: nil, equals: nil)])
        let crm = try #require(configuration.sources[2].driver)
        #expect(crm.cloneTo == "${{ secrets.DEV_PG }}")
        #expect(crm.tables == ["orders", "customers"])
        #expect(crm.filters == ["orders": "created > now() - interval '30 days'"])
        #expect(configuration.sources[4].driver?.reference == "main")
    }

    @Test("Steps and their tests are read")
    func steps() throws {
        let clean = try #require(configuration.steps.first)
        #expect(clean.run == "python clean.py --month ${{ params.month }}")
        #expect(clean.inputs == ["data/raw/flights.csv", "clean.py"])
        #expect(clean.tests.map(\.check.name) == [.notNull, .unique, .acceptedValues, .range])
        #expect(clean.tests[2].severity == .info)
        #expect(clean.tests[3].warnIf == Threshold("> 0"))
        #expect(clean.tests[3].errorIf == Threshold("> 0.5%"))
        let train = configuration.steps[1]
        #expect(train.matrix?.axes == [Matrix.Axis(name: "seed", values: [.integer(1), .integer(2), .integer(3)])])
        #expect(train.resources == Resources(cpus: 2, memory: ByteCount(4_000_000_000), gpus: 1))
        #expect(train.sandbox == SandboxSettings(network: true, write: ["~/.cache/huggingface"]))
        #expect(train.timeout == TimeSpan(seconds: 1800))
        #expect(train.line?.column == 3)
    }

    @Test("What the example shows as defaults are the defaults")
    func defaults() {
        var gate = GatePolicy()
        gate.ignore = ["*.md", "docs/**"]
        #expect(configuration.gate == gate)
        #expect(configuration.expiry == Expiry())
        #expect(configuration.store == StorePolicy())
        #expect(configuration.shell == ProjectConfiguration(project: "").shell)
        #expect(configuration.publish?.keep == 10)
    }

    @Test("A file with only its version is a configuration")
    func smallest() throws {
        let smallest = try ConfigurationReader.read("version: 1\n", file: "headgate.yaml")
        #expect(smallest == ProjectConfiguration(project: ""))
    }
}
