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
        throw ConfigurationError(ConfigurationProblem(file: file, message: "cannot be read yet"))
    }
}
