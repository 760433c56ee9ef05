import Model

/// Writes the first `headgate.yaml` of a project.
public enum StarterConfiguration {
    /// Returns a commented configuration that the reader accepts.
    ///
    /// It has at least one test: where nothing was found that can be tested, a step stands there as an example.
    public static func text(for findings: ProjectFindings) -> String {
        for plan in [
            StarterPlan(findings), StarterPlan(findings, withSteps: false),
            StarterPlan(ProjectFindings(projectName: "")),
        ] {
            let text = StarterWriter(plan: plan).text
            // The names found may be anything; what the reader refuses is not written.
            if (try? ConfigurationReader.read(text, file: "headgate.yaml")) != nil { return text }
        }
        return "version: 1\n"
    }
}
