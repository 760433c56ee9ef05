import Model

/// Edits the text of `headgate.yaml`, keeping comments, order and layout.
public enum ConfigurationEditor {
    /// Returns `text` with the edit of `proposal` made, as `headgate test accept` asks for.
    ///
    /// The result is read again: it means the same but for this edit.
    ///
    /// - Throws: when the test is not found, or its YAML cannot be edited safely; the problem then names the line to
    ///   edit by hand.
    public static func apply(
        _ proposal: Proposal, to text: String, file: String = "headgate.yaml"
    ) throws(ConfigurationError) -> String {
        let (configuration, root) = try ConfigurationReader.readDocument(text, file: file)
        let place = try TestPlace.find(proposal.test, in: configuration, root: root, file: file)
        var edit = TestEdit(place: place, text: text, file: file)
        let check = try edit.make(proposal.edit)
        let edited = edit.result
        var expected = configuration
        switch place.subject {
        case .source(let index): expected.sources[index].tests[place.index].check = check
        case .step(let index): expected.steps[index].tests[place.index].check = check
        }
        let found: ProjectConfiguration
        do throws(ConfigurationError) {
            found = try ConfigurationReader.read(edited, file: file)
        } catch {
            throw edit.byHand("the edited file could not be read: \(error.problems[0].message)")
        }
        guard withoutLines(found) == withoutLines(expected) else {
            throw edit.byHand("the edit would change something else as well")
        }
        return edited
    }

    /// The configuration without places in the file, which an edit moves.
    private static func withoutLines(_ configuration: ProjectConfiguration) -> ProjectConfiguration {
        var result = configuration
        for index in result.sources.indices {
            result.sources[index].line = nil
            for test in result.sources[index].tests.indices { result.sources[index].tests[test].line = nil }
        }
        for index in result.steps.indices {
            result.steps[index].line = nil
            for test in result.steps[index].tests.indices { result.steps[index].tests[test].line = nil }
        }
        return result
    }
}

/// Where a test stands, as a value and as YAML.
struct TestPlace {
    enum Subject {
        case source(Int)
        case step(Int)
    }

    var subject: Subject
    /// Among the subject's tests.
    var index: Int
    var test: DataTest
    var item: YAMLNode

    /// The arguments of the check: the value of its key, or the item itself where that is no map.
    var arguments: YAMLNode? { item[test.check.name.rawValue] }

    /// Finds the test with the id `<subject>/<identity>`, where a step's id may be one of its combinations.
    static func find(
        _ id: String, in configuration: ProjectConfiguration, root: YAMLNode, file: String
    ) throws(ConfigurationError) -> TestPlace {
        var found: [TestPlace] = []
        for (position, source) in configuration.sources.enumerated() {
            let items = root["sources"]?[source.name]?["tests"]?.items ?? []
            for (index, test) in source.tests.enumerated()
            where matches(id, "source:" + source.name, test, hasMatrix: false) {
                guard let item = items.first(where: { $0.start == test.line }) else { continue }
                found.append(TestPlace(subject: .source(position), index: index, test: test, item: item))
            }
        }
        for (position, step) in configuration.steps.enumerated() {
            let items = root["steps"]?[step.name]?["tests"]?.items ?? []
            for (index, test) in step.tests.enumerated()
            where matches(id, step.name, test, hasMatrix: step.matrix != nil) {
                guard let item = items.first(where: { $0.start == test.line }) else { continue }
                found.append(TestPlace(subject: .step(position), index: index, test: test, item: item))
            }
        }
        guard let first = found.first else {
            throw ConfigurationError(
                ConfigurationProblem(
                    file: file, message: "there is no test `\(id)`",
                    suggestion: "run `headgate test` again; the file has changed since"))
        }
        guard found.count == 1 else {
            let lines = found.map { String($0.item.start.line) }.joined(separator: ", ")
            throw ConfigurationError(
                ConfigurationProblem(
                    file: file, line: first.item.start.line, column: first.item.start.column,
                    message: "`\(id)` may be each of the tests in the lines \(lines)",
                    suggestion: "edit the right one by hand"))
        }
        return first
    }

    private static func matches(_ id: String, _ subject: String, _ test: DataTest, hasMatrix: Bool) -> Bool {
        guard id.hasPrefix(subject) else { return false }
        var rest = id.dropFirst(subject.count)
        if hasMatrix, rest.first == "[" {
            // The label may hold any character, so the identity is looked for from the end.
            let identity = Template(test.identity)
            guard identity.references.isEmpty else { return rest.contains("]/") && fits(rest, identity) }
            return rest.hasSuffix("]/" + test.identity)
        }
        guard rest.first == "/" else { return false }
        rest = rest.dropFirst()
        return Template.hasPlaceholder(test.identity) ? fits(rest, Template(test.identity)) : rest == test.identity
    }

    /// Whether the literal parts of `template` stand in `text` in their order, the last one at its end.
    private static func fits(_ text: Substring, _ template: Template) -> Bool {
        var rest = text
        for part in template.parts {
            guard case .literal(let literal) = part else { continue }
            guard let range = rest.firstRange(of: literal) else { return false }
            rest = rest[range.upperBound...]
        }
        if case .literal? = template.parts.last { return rest.isEmpty }
        return true
    }
}
