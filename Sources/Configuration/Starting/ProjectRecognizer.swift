import Model

/// Reads the files of other tools into findings; text in, values out, the disk is walked elsewhere.
public enum ProjectRecognizer {
    /// Returns the stages of `dvc.yaml` in the order of the file.
    public static func dvcStages(_ text: String, file: String = "dvc.yaml") throws(ConfigurationError) -> [DVCStage] {
        []
    }

    /// Returns the top-level plain values of `params.yaml`; nested ones with dots in their names.
    public static func dvcParameters(
        _ text: String, file: String = "params.yaml"
    ) throws(ConfigurationError) -> [String: ParameterValue] {
        [:]
    }

    /// Returns the rules of a Makefile whose targets and prerequisites are plain names; pattern rules, rules with
    /// unexpanded variables and special targets are left out.
    public static func makeRules(_ text: String) -> [MakeRule] {
        []
    }
}
