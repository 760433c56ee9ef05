import Configuration
import Gate
import Model

/// The parts of a verdict's key, computed the same way when judging and when verifying.
enum VerdictParts {
    /// What the configurations of candidate and target decide.
    static func definitions(
        _ configuration: ProjectConfiguration, target: ProjectConfiguration?
    ) -> [VerdictKey.Part: String] {
        let own = ConfigurationRender.definitionParts(of: configuration)
        let targets = target.map { ConfigurationRender.definitionParts(of: $0) } ?? [:]
        return [
            .secrets: configuration.secrets.sorted().joined(separator: " "),
            .targetPolicy: hash("policy", targets.map { ($0.key, $0.value) }),
            .candidatePolicy: hash("policy", own.filter { $0.key == "policy" }.map { ($0.key, $0.value) }),
            .definitions: hash("definitions", own.map { ($0.key, $0.value) }),
        ]
    }

    /// What the resolved pipeline adds.
    static func pipeline(_ pipeline: ResolvedPipeline) -> [VerdictKey.Part: String] {
        [
            .parameters: hash("parameters", pipeline.parameters.map { ($0.key, $0.value.text) }),
            .variables: hash("variables", pipeline.variables.map { ($0.key, $0.value) }),
            .steps: hash("steps", pipeline.steps.map { ($0.id, $0.command) }),
        ]
    }

    static func data(_ pins: [Pin]) -> String {
        hash("data", pins.map { ($0.source, $0.fingerprint.hex) })
    }

    static func kinds(_ pins: [Pin]) -> String {
        pins.map { "\($0.source)=\($0.kind.rawValue)" }.sorted().joined(separator: " ")
    }

    static func hash(_ domain: String, _ fields: [(String, String)]) -> String {
        var hasher = FieldHasher(domain: domain)
        for (name, value) in fields.sorted(by: { $0.0 < $1.0 }) { hasher.add(name, value) }
        return hasher.finish().hex
    }
}
