import Foundation
import Model
import Testing

@testable import Configuration

@Suite("The schema")
struct SchemaTests {
    let schema: [String: Any]

    init() throws {
        let object = try JSONSerialization.jsonObject(with: Data(ConfigurationSchema.json.utf8))
        schema = try #require(object as? [String: Any])
    }

    private func keys(_ path: [String]) throws -> Set<String> {
        var node: [String: Any] = schema
        for part in path { node = try #require(node[part] as? [String: Any], "no \(part) of \(path)") }
        return Set(try #require(node["properties"] as? [String: Any]).keys)
    }

    @Test("It describes exactly the keys that the reader accepts")
    func keys() throws {
        #expect(try keys([]) == Set(ConfigurationKeys.top))
        let definitions: [String: [String]] = [
            "parameter": ConfigurationKeys.parameter, "environment": ConfigurationKeys.environment,
            "sandbox": ConfigurationKeys.sandbox,
            "source": ConfigurationKeys.source, "step": ConfigurationKeys.step,
            "variation": ConfigurationKeys.variation,
            "gate": ConfigurationKeys.gate, "publish": ConfigurationKeys.publish, "expire": ConfigurationKeys.expire,
            "store": ConfigurationKeys.store, "report": ConfigurationKeys.report, "waive": ConfigurationKeys.waive,
            "common": ConfigurationKeys.testCommon,
            "test": ConfigurationKeys.testCommon + Check.Name.allCases.map(\.rawValue),
        ]
        for (name, expected) in definitions { #expect(try keys(["definitions", name]) == Set(expected), "\(name)") }
        for check in Check.Name.allCases {
            let expected = Set(ConfigurationKeys.arguments(of: check) + ConfigurationKeys.testCommon)
            #expect(try keys(["definitions", "check_" + check.rawValue]) == expected, "\(check)")
        }
        #expect(try keys(["definitions", "source", "properties", "only"]) == Set(ConfigurationKeys.only))
        #expect(try keys(["definitions", "source", "properties", "freshness"]) == Set(ConfigurationKeys.freshness))
        #expect(try keys(["definitions", "step", "properties", "resources"]) == Set(ConfigurationKeys.resources))
    }

    @Test("Its words are the reader's words, and its defaults the reader's defaults")
    func words() throws {
        let definitions = try #require(schema["definitions"] as? [String: [String: Any]])
        func property(_ definition: String, _ name: String) throws -> [String: Any] {
            let properties = try #require(definitions[definition]?["properties"] as? [String: [String: Any]])
            return try #require(properties[name])
        }
        func words(_ definition: String, _ name: String) throws -> [String] {
            try #require(try property(definition, name)["enum"] as? [String])
        }
        #expect(try words("source", "kind") == Source.Kind.allCases.map(\.rawValue))
        #expect(try words("source", "pin") == PinPolicy.allCases.map(\.rawValue))
        #expect(try words("gate", "isolation") == IsolationLevel.allCases.map(\.rawValue))
        #expect(try words("gate", "method") == MergeMethod.allCases.map(\.rawValue))
        #expect(try words("check_regex", "format") == CheckReader.formats.keys.sorted())
        #expect(try words("common", "severity").allSatisfy { Severity(word: $0) != nil })
        // A configuration made of all the defaults is the configuration with none.
        var lines = ["version: 1"]
        for section in ["gate", "expire", "store", "report"] {
            lines.append("\(section):")
            for key in try keys(["definitions", section]).sorted() {
                let value = try #require(try property(section, key)["default"], "\(section).\(key) has no default")
                lines.append("  \(key): \(value is [Any] ? "[]" : "\(value)")")
            }
        }
        let configuration = try read(lines.joined(separator: "\n") + "\n")
        #expect(configuration == ProjectConfiguration(project: ""))
    }

    @Test("Every key is described")
    func descriptions() throws {
        let properties = try #require(schema["properties"] as? [String: [String: Any]])
        let definitions = try #require(schema["definitions"] as? [String: [String: Any]])
        for (key, property) in properties {
            let reference = (property["$ref"] as? String)?.split(separator: "/").last.map(String.init)
            #expect(
                property["description"] != nil || reference.flatMap { definitions[$0]?["description"] } != nil
                    || key == "sandbox", "\(key)")
        }
    }

    static let hasValidator: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import jsonschema"]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    static let documents: [(String, Bool)] = [
        (example, true), ("version: 1\n", true), (EditorTests.file, true), ("version: 2\n", false),
        ("version: 1\nstesp: {}\n", false),
        ("version: 1\nsteps: {a: {run: x, inputs: [/etc]}}\n", false), ("version: 1\ngate: {mode: x}\n", false),
        ("version: 1\nsources: {s: {path: d, tests: [{range: {colum: a}}]}}\n", false),
        ("version: 1\nsteps: {a: {}}\n", false),
        ("version: 1\nsources: {s: {path: d, tests: [{not_null: a, where: \"a > 1\", warn_if: many}]}}\n", false),
    ]

    @Test(
        "A validator of JSON Schema agrees with the reader",
        .enabled(if: hasValidator, "python3 has no module jsonschema"),
        arguments: documents.indices)
    func validator(_ index: Int) throws {
        let (text, isValid) = Self.documents[index]
        #expect(problems(in: text).isEmpty == isValid)
        let root = try #require(try YAMLComposer.compose(text, problems: ProblemList(file: "x", text: text)))
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "schema-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A leftover folder in /tmp harms nobody.
        let (document, schema) = (folder.appending(path: "document.json"), folder.appending(path: "schema.json"))
        try JSONEncoder().encode(value(of: root)).write(to: document)
        try Data(ConfigurationSchema.json.utf8).write(to: schema)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let program = """
            import json, sys, jsonschema
            schema = json.load(open(sys.argv[1])); jsonschema.Draft7Validator.check_schema(schema)
            sys.exit(1 if list(jsonschema.Draft7Validator(schema).iter_errors(json.load(open(sys.argv[2])))) else 0)
            """
        process.arguments = ["python3", "-W", "ignore", "-c", program, schema.path(), document.path()]
        try process.run()
        process.waitUntilExit()
        #expect((process.terminationStatus == 0) == isValid)
    }

    private func value(of node: YAMLNode) -> ConfigurationValue {
        switch node.meaning {
        case .null: .null
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .wide(let value): .number(Double(value))
        case .text(let text), .ambiguous(let text, _): .text(text)
        case .sequence(let items): .list(items.map(value))
        case .mapping(let entries): .map(entries.map { .init($0.key, value(of: $0.value)) })
        }
    }
}
