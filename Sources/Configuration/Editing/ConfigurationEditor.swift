import Model

/// Edits the text of `headgate.yaml`, keeping comments, order and layout.
public enum ConfigurationEditor {
    /// Returns `text` with the edit of `proposal` made, as `headgate test accept` asks for.
    ///
    /// The result is read again: it means the same but for this edit.
    ///
    /// - Throws: when the test is not found, or its YAML cannot be edited safely; the problem then names the lines to
    ///   edit by hand.
    public static func apply(
        _ proposal: Proposal, to text: String, file: String = "headgate.yaml"
    ) throws(ConfigurationError) -> String {
        throw ConfigurationError(ConfigurationProblem(file: file, message: "cannot be edited yet"))
    }
}
