import Model

/// Reads the files of other tools into findings; text in, values out, the disk is walked elsewhere.
public enum ProjectRecognizer {
    /// Returns the stages of `dvc.yaml` in the order of the file.
    ///
    /// Source: dvc.org/doc/user-guide/project-structure/dvcyaml-files.
    ///
    /// - Throws: when the file is no YAML; what is not understood in a stage is left out.
    public static func dvcStages(_ text: String, file: String = "dvc.yaml") throws(ConfigurationError) -> [DVCStage] {
        let problems = ProblemList(file: file, text: text)
        let root = try YAMLComposer.compose(text, problems: problems)
        return (root?["stages"]?.entries ?? []).map { stage($0.key, $0.value) }
    }

    /// Returns the plain values of `params.yaml`; nested ones with dots in their names.
    public static func dvcParameters(
        _ text: String, file: String = "params.yaml"
    ) throws(ConfigurationError) -> [String: ParameterValue] {
        let problems = ProblemList(file: file, text: text)
        var values: [String: ParameterValue] = [:]
        if let root = try YAMLComposer.compose(text, problems: problems) { collect(root, "", into: &values) }
        return values
    }

    private static func collect(_ node: YAMLNode, _ name: String, into values: inout [String: ParameterValue]) {
        switch node.meaning {
        case .mapping(let entries):
            for entry in entries {
                collect(entry.value, name.isEmpty ? entry.key : name + "." + entry.key, into: &values)
            }
        case .text(let text), .ambiguous(let text, _): values[name] = .string(text)
        case .integer(let value): values[name] = .integer(value)
        case .number(let value): values[name] = value.isFinite ? .number(value) : nil
        case .boolean(let value): values[name] = .boolean(value)
        case .null, .sequence: break
        }
    }

    private static func stage(_ name: String, _ node: YAMLNode) -> DVCStage {
        let isGenerated = node["foreach"] != nil || node["matrix"] != nil
        let body = node["foreach"] == nil ? node : node["do"] ?? node
        let commands = body["cmd"].map { $0.items ?? [$0] }?.compactMap(\.scalarText) ?? []
        let outputs = paths(body["outs"])
        var stage = DVCStage(name: name, command: commands.joined(separator: "\n"))
        stage.directory = body["wdir"]?.scalarText
        stage.dependencies = paths(body["deps"])
        stage.outputs = outputs + paths(body["plots"]).filter { !outputs.contains($0) }
        stage.metrics = paths(body["metrics"])
        stage.parameters = parameters(body["params"])
        let texts = commands + stage.dependencies + stage.outputs + stage.metrics
        stage.isTemplate = isGenerated || texts.contains { $0.contains("${") && $0.contains("}") && hasReference($0) }
        return stage
    }

    /// Whether `${name}` stands in a text in DVC's sense: a shell's `\${name}` is escaped.
    private static func hasReference(_ text: String) -> Bool {
        var rest = text[...]
        while let found = rest.firstRange(of: "${") {
            if rest[..<found.lowerBound].last != "\\" { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    /// Items are paths, or maps with a path as their key.
    private static func paths(_ node: YAMLNode?) -> [String] {
        (node?.items ?? []).flatMap { item in item.entries.map { $0.map(\.key) } ?? item.scalarText.map { [$0] } ?? [] }
    }

    /// Items are keys of `params.yaml`, or maps of a file to its keys.
    private static func parameters(_ node: YAMLNode?) -> [String] {
        (node?.items ?? []).flatMap { item -> [String] in
            guard let entries = item.entries else { return item.scalarText.map { [$0] } ?? [] }
            return entries.flatMap { entry in
                let keys = (entry.value.items ?? []).compactMap(\.scalarText)
                return keys.isEmpty ? [entry.key + ":"] : keys.map { "\(entry.key):\($0)" }
            }
        }
    }

    /// Returns the rules of a Makefile whose targets and prerequisites are plain names, in the order of the file.
    ///
    /// Pattern rules, conditional parts, special targets, and rules with variables that the file does not set to plain
    /// text are left out. Source: gnu.org/software/make/manual, "Writing Rules".
    public static func makeRules(_ text: String) -> [MakeRule] {
        var parser = MakefileParser()
        parser.parse(text)
        return parser.rules
    }
}
