import FoundationEssentials
import Model

/// Writes a configuration down: for people, for approval, and for hashing.
public enum ConfigurationRender {
    /// Returns the resolved configuration as YAML with the origin of each value as a comment; secrets stay names.
    public static func text(
        of configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> String {
        try RenderedTree(configuration, in: context).forPeople().yaml
    }

    /// Returns the same as a value that `JSONEncoder` can write, with origins as values; `schema` is
    /// `headgate.config/1`.
    public static func object(
        of configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> ConfigurationValue {
        try RenderedTree(configuration, in: context).forPrograms()
    }

    /// Returns the canonical text of exactly what acts outside the sandbox, such as `sources.raw.location`; what is not
    /// set is left out. The hash of all of it is what `headgate trust` approves.
    ///
    /// Where a command runs outside the sandbox, the shell that runs it and the variables it receives count too.
    public static func trustedPart(of configuration: ProjectConfiguration) -> [String: String] {
        var part: [String: String] = [:]
        part["workspaces"] = configuration.workspaces
        if !configuration.copyIgnored.isEmpty { part["copy_ignored"] = canonical(configuration.copyIgnored) }
        if !configuration.secrets.isEmpty { part["secrets"] = canonical(configuration.secrets) }
        // The project's name says whose secrets are read.
        if usesSecrets(configuration), !configuration.project.isEmpty { part["project"] = configuration.project }
        if let publish = configuration.publish { part["publish"] = canonical(publish) }
        if configuration.sandbox != SandboxSettings() { part["sandbox"] = canonical(configuration.sandbox) }
        for step in configuration.steps where step.sandbox != SandboxSettings() {
            part["steps.\(step.name).sandbox"] = canonical(step.sandbox)
        }
        var runsOutside = configuration.publish?.command != nil
        for source in configuration.sources {
            let key = "sources.\(source.name)."
            part[key + "location"] = source.location
            guard let driver = source.driver else { continue }
            part[key + "clone_to"] = driver.cloneTo
            // Conditions are SQL that runs at the location.
            if !driver.filters.isEmpty { part[key + "only.where"] = canonical(driver.filters) }
            part[key + "repository"] = driver.repository
            part[key + "fingerprint"] = driver.fingerprint
            part[key + "create"] = driver.create
            part[key + "drop"] = driver.drop
            if driver.fingerprint != nil || driver.create != nil || driver.drop != nil { runsOutside = true }
        }
        for rule in configuration.environments {
            part["environments.\(rule.match.text).setup"] = rule.setup
            part["environments.\(rule.match.text).teardown"] = rule.teardown
            if rule.setup != nil || rule.teardown != nil { runsOutside = true }
        }
        if runsOutside {
            part["shell"] = canonical(configuration.shell)
            if !configuration.variables.isEmpty { part["variables"] = canonical(configuration.variables) }
            for rule in configuration.environments where !rule.variables.isEmpty {
                part["environments.\(rule.match.text).variables"] = canonical(rule.variables)
            }
        }
        return part
    }

    private static func usesSecrets(_ configuration: ProjectConfiguration) -> Bool {
        let addresses = configuration.sources.flatMap { [$0.location, $0.driver?.cloneTo] }.compactMap(\.self)
        return !configuration.secrets.isEmpty || addresses.contains { !SecretReference.names(in: $0).isEmpty }
    }

    /// Returns the canonical JSON of the parts of a configuration that a verdict is bound to: `pipeline`, `tests`,
    /// `policy`. Lines of the file are left out, so that a comment changes nothing.
    public static func definitionParts(of configuration: ProjectConfiguration) -> [String: String] {
        struct Pipeline: Encodable {
            var shell: [String]
            var setup: Setup?
            var sandbox: SandboxSettings
            var sources: [Source]
            var steps: [Step]
            var limits: [String: Int]
        }
        struct Policy: Encodable {
            var gate: GatePolicy
            var protected: [String]
            var publish: PublishPolicy?
        }
        var tests: [String: [DataTest]] = [:]
        var sources = configuration.sources
        for index in sources.indices {
            if !sources[index].tests.isEmpty {
                tests["source:" + sources[index].name] = withoutLines(sources[index].tests)
            }
            sources[index].tests = []
            sources[index].line = nil
        }
        var steps = configuration.steps
        for index in steps.indices {
            if !steps[index].tests.isEmpty { tests[steps[index].name] = withoutLines(steps[index].tests) }
            steps[index].tests = []
            steps[index].line = nil
        }
        let pipeline = Pipeline(
            shell: configuration.shell, setup: configuration.setup, sandbox: configuration.sandbox, sources: sources,
            steps: steps, limits: configuration.limits)
        let protected = configuration.environments.filter(\.isProtected).map(\.match.text)
        let policy = Policy(gate: configuration.gate, protected: protected, publish: configuration.publish)
        return ["pipeline": canonical(pipeline), "tests": canonical(tests), "policy": canonical(policy)]
    }

    private static func withoutLines(_ tests: [DataTest]) -> [DataTest] {
        tests.map { test in
            var test = test
            test.line = nil
            return test
        }
    }

    /// JSON with sorted keys.
    private static func canonical(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            // Numbers are finite: the reader refuses others.
            preconditionFailure("a configuration that JSON cannot hold: \(error)")
        }
    }
}
