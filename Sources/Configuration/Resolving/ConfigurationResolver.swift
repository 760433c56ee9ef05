import Model

/// Puts the layers over each other, expands matrices and replaces every placeholder.
///
/// Source of every rule: design, "Values".
public enum ConfigurationResolver {
    /// Returns all steps of `configuration` ready to run, in the order of the file.
    ///
    /// - Parameters:
    ///   - configuration: what the reader returned.
    ///   - context: the branch and the layers.
    ///   - names: steps asked for, as names or ids; empty asks for those of the variation, or for all. They are checked
    ///     and stand expanded to ids in `selection`; the other steps stay in the result, because the graph needs them.
    /// - Throws: every problem found: unknown names, values that do not fit, too many combinations.
    public static func resolve(
        _ configuration: ProjectConfiguration, in context: ResolutionContext, only names: [String] = []
    ) throws(ConfigurationError) -> ResolvedPipeline {
        throw ConfigurationError(ConfigurationProblem(file: context.file, message: "cannot be resolved yet"))
    }

    /// Returns every parameter by name with its value after all layers and the layer it comes from.
    public static func resolvedParameters(
        _ configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> [ResolvedParameter] {
        throw ConfigurationError(ConfigurationProblem(file: context.file, message: "cannot be resolved yet"))
    }

    /// Returns the rule of the context's branch with its variables and commands ready to use.
    public static func resolveEnvironment(
        _ configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> ResolvedEnvironment {
        throw ConfigurationError(ConfigurationProblem(file: context.file, message: "cannot be resolved yet"))
    }

    /// Returns the location of each source that declares one here or in the local layer; secrets stay as
    /// `${{ secrets.NAME }}` for `SecretReference` to fill in.
    public static func resolveLocations(
        _ configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> [String: String] {
        throw ConfigurationError(ConfigurationProblem(file: context.file, message: "cannot be resolved yet"))
    }

    /// Returns the sources in the order of the file with location, driver settings and tests resolved; secrets stay as
    /// in `resolveLocations`.
    public static func resolveSources(
        _ configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> [Source] {
        throw ConfigurationError(ConfigurationProblem(file: context.file, message: "cannot be resolved yet"))
    }
}

/// The places in a text where secrets belong.
public enum SecretReference {
    /// Returns the names of the secrets that `text` refers to, in the order of the text.
    public static func names(in text: String) -> [String] {
        []
    }

    /// Returns `text` with each reference replaced by its secret; a reference without a value stays as it is.
    public static func fill(_ text: String, with values: [String: String]) -> String {
        text
    }
}
