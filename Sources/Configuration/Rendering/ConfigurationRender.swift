import Model

/// Writes a configuration down: for people, for approval, and for hashing.
public enum ConfigurationRender {
    /// Returns the resolved configuration as YAML with the origin of each value as a comment; secrets stay names.
    public static func text(
        of configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> String {
        ""
    }

    /// Returns the same as a value that `JSONEncoder` can write.
    public static func object(
        of configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> RenderedConfiguration {
        throw ConfigurationError(ConfigurationProblem(file: context.file, message: "cannot be rendered yet"))
    }

    /// Returns the canonical text of exactly the keys that act outside the sandbox, such as
    /// `sources.raw.location`; keys that are not set are left out. Their hash is what `headgate trust` approves.
    public static func trustedPart(of configuration: ProjectConfiguration) -> [String: String] {
        [:]
    }

    /// Returns the canonical JSON of the parts of a configuration that a verdict is bound to: `pipeline`, `tests`,
    /// `policy`. Lines of the file are left out, so that a comment changes nothing.
    public static func definitionParts(of configuration: ProjectConfiguration) -> [String: String] {
        [:]
    }
}

/// What `headgate config --json` prints.
public struct RenderedConfiguration: Hashable, Sendable, Codable {
    public var project: String
    public var branch: String
    public var environment: ResolvedEnvironment
    public var sources: [Source]
    public var pipeline: ResolvedPipeline
}
