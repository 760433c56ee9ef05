import Model

/// Writes the first `headgate.yaml` of a project.
public enum StarterConfiguration {
    /// Returns a commented configuration that the reader accepts and that has at least one test, or a commented place
    /// for one where nothing testable was found.
    public static func text(for findings: ProjectFindings) -> String {
        ""
    }
}
