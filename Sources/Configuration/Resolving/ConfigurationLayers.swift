import Model

/// The layers of one context put over each other: parameters and variables with their origins.
struct ConfigurationLayers {
    let configuration: ProjectConfiguration
    let context: ResolutionContext
    let rule: EnvironmentRule
    let variation: Variation?
    /// By name.
    let parameters: [ResolvedParameter]
    /// By name.
    let variables: [ResolvedVariable]
    /// What placeholders stand for outside steps.
    let scope: ValueScope

    init(_ configuration: ProjectConfiguration, in context: ResolutionContext) throws(ConfigurationError) {
        let problems = ProblemList(file: context.file)
        self.configuration = configuration
        self.context = context
        rule = configuration.rule(for: context.branch)
        variation = ConfigurationLayers.variation(configuration, context, problems)
        parameters = ConfigurationLayers.parameters(configuration, context, rule, variation, problems)
        var scope = ValueScope(
            values: ConfigurationLayers.fixedValues(configuration, context, parameters), shell: configuration.shell)
        var layers: [VariableLayers.Layer] = [
            .init(origin: .configuration, file: context.file, texts: configuration.variables),
            .init(origin: .environmentRule(match: rule.match.text), file: context.file, texts: rule.variables),
        ]
        if let local = context.local {
            layers.append(.init(origin: .localLayer(file: local.file), file: local.file, texts: local.variables))
        }
        var resolver = VariableLayers(layers: layers, scope: scope)
        variables = resolver.resolveAll()
        for variable in variables {
            switch variable.value {
            case .text(let text): scope.values["variables." + variable.name] = .text(text)
            case .secret(let name): scope.values["variables." + variable.name] = .secret(name)
            }
        }
        self.scope = scope
        let all = problems.problems + resolver.problems
        if !all.isEmpty { throw ConfigurationError(all) }
    }

    var textVariables: [String: String] {
        var texts: [String: String] = [:]
        for variable in variables {
            if case .text(let text) = variable.value { texts[variable.name] = text }
        }
        return texts
    }

    var secretVariables: [String: String] {
        var names: [String: String] = [:]
        for variable in variables {
            if case .secret(let name) = variable.value { names[variable.name] = name }
        }
        return names
    }

    private static func variation(
        _ configuration: ProjectConfiguration, _ context: ResolutionContext, _ problems: ProblemList
    ) -> Variation? {
        guard let name = context.variation else { return nil }
        if let variation = configuration.variations.first(where: { $0.name == name }) { return variation }
        let names = configuration.variations.map(\.name)
        problems.add(
            at: nil, "there is no variation `\(name)`",
            Spelling.suggestion(for: name, among: names)
                ?? (names.isEmpty ? "declare it under `variations`" : "there is \(alternatives(names))"))
        return nil
    }

    private static func listed(_ parameters: [String]) -> String {
        let names = parameters.map { "`\($0)`" }
        guard let last = names.last, names.count > 1 else { return "the parameter is \(names.joined())" }
        return "the parameters are \(names.dropLast().joined(separator: ", ")) and \(last)"
    }

    private static func parameters(
        _ configuration: ProjectConfiguration, _ context: ResolutionContext, _ rule: EnvironmentRule,
        _ variation: Variation?, _ problems: ProblemList
    ) -> [ResolvedParameter] {
        let known = configuration.parameters.keys.sorted()
        var result: [String: ResolvedParameter] = [:]
        for (name, parameter) in configuration.parameters {
            result[name] = ResolvedParameter(name: name, value: parameter.defaultValue, origin: .configuration)
        }
        func put(_ name: String, _ origin: ValueOrigin, _ value: (Parameter) -> ParameterValue?) {
            guard let parameter = configuration.parameters[name] else {
                problems.add(
                    at: nil, "\(origin.text) sets the parameter `\(name)`, which is not declared under `params`",
                    Spelling.suggestion(for: name, among: known)
                        ?? (known.isEmpty ? "declare it: `params: {\(name): …}`" : listed(known)))
                return
            }
            guard let value = value(parameter) else {
                problems.add(
                    at: nil, "\(origin.text): the parameter `\(name)` must be \(parameter.type.withArticle)",
                    "give it \(parameter.type.withArticle), such as \(parameter.defaultValue.text)")
                return
            }
            switch ParameterRule.fit(value, to: parameter) {
            case .success(let value): result[name] = ResolvedParameter(name: name, value: value, origin: origin)
            case .failure(let misfit):
                problems.add(at: nil, "\(origin.text): the parameter `\(name)` \(misfit.message)", misfit.suggestion)
            }
        }
        for (name, value) in sorted(rule.parameters) {
            put(name, .environmentRule(match: rule.match.text)) { _ in value }
        }
        if let local = context.local {
            for (name, value) in sorted(local.parameters) { put(name, .localLayer(file: local.file)) { _ in value } }
        }
        if let variation {
            for (name, value) in sorted(variation.parameters) { put(name, .variation(variation.name)) { _ in value } }
        }
        for (name, text) in sorted(context.overrides) { put(name, .commandLine) { $0.type.value(from: text) } }
        return known.compactMap { result[$0] }
    }

    private static func fixedValues(
        _ configuration: ProjectConfiguration, _ context: ResolutionContext, _ parameters: [ResolvedParameter]
    ) -> [String: ValueScope.Value] {
        var values: [String: ValueScope.Value] = [
            "branch.name": .text(context.branch.rawValue),
            "branch.slug": .text(context.branch.slug),
            "branch.identifier": .text(context.branch.identifier),
            "environment.name": .text(context.environmentName),
        ]
        for parameter in parameters { values["params." + parameter.name] = .text(parameter.value.text) }
        for (name, port) in context.ports { values["ports." + name] = .text(String(port)) }
        for name in context.secretNames ?? Set(configuration.secrets) { values["secrets." + name] = .secret(name) }
        return values
    }

    private static func sorted<Value>(_ values: [String: Value]) -> [(String, Value)] {
        values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
