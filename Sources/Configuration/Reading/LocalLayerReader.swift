import Model

/// Reads `headgate.local.yaml`: `params`, `variables` and `sources: {name: {location: …}}`.
public enum LocalLayerReader {
    /// Returns what `text` says; an empty file is an empty layer.
    ///
    /// - Throws: every problem found, each with line and column. Whether the names exist is checked when the layer is
    ///   resolved against a configuration.
    public static func read(_ text: String, file: String) throws(ConfigurationError) -> LocalLayer {
        let problems = ProblemList(file: file, text: text)
        var layer = LocalLayer(file: file)
        guard let node = try YAMLComposer.compose(text, problems: problems) else { return layer }
        if node.isNull { return layer }
        guard let entries = node.entries else {
            throw problems.error(
                at: node.start, message: "the file must hold keys and values, not \(node.kindForPeople)",
                suggestion: "its keys are \(ConfigurationKeys.local.joined(separator: ", "))")
        }
        let root = MappingReader(entries: entries, place: node.start, what: "", keys: ConfigurationKeys.local, problems)
        if let map = root["params"].flatMap({ MappingReader($0, "`params`", keys: nil, problems) }) {
            for entry in map.entries { layer.parameters[entry.key] = entry.value.value(map.name(entry.key), problems) }
        }
        if let map = root["variables"].flatMap({ MappingReader($0, "`variables`", keys: nil, problems) }) {
            for entry in map.entries {
                if !NameRule.isIdentifier(entry.key) {
                    problems.add(at: entry.keyPlace, "`\(entry.key)` is no name for a variable", identifierRemedy)
                }
                layer.variables[entry.key] = map.scalarText(entry.key)
            }
        }
        if let map = root["sources"].flatMap({ MappingReader($0, "`sources`", keys: nil, problems) }) {
            for entry in map.entries {
                let what = "the source `\(entry.key)`"
                let source = MappingReader(entry.value, what, keys: ConfigurationKeys.localSource, problems)
                layer.locations[entry.key] = source?.text("location")
            }
        }
        try problems.throwIfAny()
        return layer
    }
}
