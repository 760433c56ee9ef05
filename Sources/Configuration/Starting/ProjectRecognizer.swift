import Model

/// Reads the files of other tools into findings; text in, values out, the disk is walked elsewhere.
public enum ProjectRecognizer {
    /// Returns the stages of `dvc.yaml` in the order of the file.
    ///
    /// Source: dvc.org/doc/user-guide/project-structure/dvcyaml-files.
    ///
    /// - Parameter files: the texts of `params.yaml` and of other files that `vars` names, by path.
    /// - Throws: when a file is no YAML; what is not understood in a stage is left out.
    public static func dvcStages(
        _ text: String, file: String = "dvc.yaml", files: [String: String] = [:]
    ) throws(ConfigurationError) -> [DVCStage] {
        let problems = ProblemList(file: file, text: text)
        let root = try YAMLComposer.compose(text, problems: problems)
        let templating = try DVCTemplating(root: root, files: files)
        return (root?["stages"]?.entries ?? []).map { stage($0.key, $0.value, templating) }
    }

    /// Returns what a `.dvc` file says DVC keeps beside it, as paths relative to the folder of the file.
    public static func dvcData(_ text: String, file: String) throws(ConfigurationError) -> [String] {
        let root = try YAMLComposer.compose(text, problems: ProblemList(file: file, text: text))
        return (root?["outs"]?.items ?? []).compactMap { $0["path"]?.scalarText }
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
        case .wide(let value): values[name] = .string(String(value))
        case .boolean(let value): values[name] = .boolean(value)
        case .null, .sequence: break
        }
    }

    private static func stage(_ name: String, _ node: YAMLNode, _ templating: DVCTemplating) -> DVCStage {
        let body = node["foreach"] == nil ? node : node["do"] ?? node
        let commands = body["cmd"].map { $0.items ?? [$0] }?.compactMap(\.scalarText) ?? []
        let outputs = paths(body["outs"])
        var stage = DVCStage(name: name, command: commands.joined(separator: "\n"))
        stage.directory = body["wdir"]?.scalarText
        stage.dependencies = paths(body["deps"])
        stage.outputs = outputs + paths(body["plots"]).filter { !outputs.contains($0) }
        stage.metrics = paths(body["metrics"])
        stage.parameters = parameters(body["params"])
        do {
            return try translated(stage, try templating.matrix(of: node), templating)
        } catch {
            stage.isTemplate = true
            return stage
        }
    }

    private static func translated(
        _ stage: DVCStage, _ matrix: Matrix?, _ templating: DVCTemplating
    ) throws(DVCTemplating.NotTranslated) -> DVCStage {
        var stage = stage
        var used: [String: ParameterValue] = [:]
        func translate(_ text: String) throws(DVCTemplating.NotTranslated) -> String {
            try templating.translate(text, matrix, used: &used)
        }
        stage.command = try translate(stage.command)
        stage.dependencies = try stage.dependencies.map(translate)
        stage.outputs = try stage.outputs.map(translate)
        stage.metrics = try stage.metrics.map(translate)
        if let directory = stage.directory, try translate(directory) != directory {
            throw DVCTemplating.NotTranslated()
        }
        stage.matrix = matrix
        stage.usedParameters = used
        return stage
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
