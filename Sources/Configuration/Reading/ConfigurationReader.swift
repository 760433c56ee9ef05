import Model

/// Reads `headgate.yaml`.
public enum ConfigurationReader {
    /// Returns what `text` says, checked and with every default filled in, placeholders still in place.
    ///
    /// `project` is empty when the file does not name it; the caller then takes the repository's directory name.
    ///
    /// - Parameters:
    ///   - text: the whole file.
    ///   - file: the name by which problems refer to it, relative to the root.
    /// - Throws: every problem found, at most 100, each with line and column.
    public static func read(_ text: String, file: String) throws(ConfigurationError) -> ProjectConfiguration {
        try readDocument(text, file: file).configuration
    }

    /// The configuration together with the nodes it was read from.
    static func readDocument(
        _ text: String, file: String
    ) throws(ConfigurationError) -> (configuration: ProjectConfiguration, root: YAMLNode) {
        // What some editors put in front of UTF-8.
        let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
        let problems = ProblemList(file: file, text: text)
        guard let node = try YAMLComposer.compose(text, problems: problems) else {
            throw problems.error(
                at: SourceLine(line: 1, column: 1), message: "the file is empty",
                suggestion: "begin it with `version: 1`")
        }
        guard let entries = node.entries else {
            throw problems.error(
                at: node.start, message: "the file must hold keys and values, not \(node.kindForPeople)",
                suggestion: "begin it with `version: 1`")
        }
        let root = MappingReader(entries: entries, place: node.start, what: "", keys: ConfigurationKeys.top, problems)
        let configuration = DocumentReader(root: root, problems: problems).read()
        try problems.throwIfAny()
        return (configuration, node)
    }
}
