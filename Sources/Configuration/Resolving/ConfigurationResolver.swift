import Model

/// Puts the layers over each other, expands matrices and replaces every placeholder.
///
/// The rules stand in Configuration/README.md, "Decisions".
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
        let layers = try ConfigurationLayers(configuration, in: context)
        let problems = ProblemList(file: context.file)
        let resolver = StepResolver(layers: layers, problems: problems)
        var steps: [ResolvedStep] = []
        steps.reserveCapacity(configuration.steps.count)
        var members: [String: [String]] = [:]
        for step in configuration.steps {
            let expanded = resolver.resolve(step)
            members[step.name] = expanded.map(\.id)
            steps += expanded
        }
        // What follows would only repeat problems that have been found.
        try problems.throwIfAny()
        let index = StepNames(members: members)
        for position in steps.indices where !steps[position].needs.isEmpty {
            let step = steps[position]
            let what = "the step `\(step.id)` needs"
            // A source is named as it is; where a step has the same name, the step is meant.
            let sources = step.needs.filter { name in
                members[name] == nil && configuration.sources.contains { $0.name == name }
            }
            let needed = step.needs.filter { !sources.contains($0) }
            steps[position].needs =
                index.ids(of: needed, what, at: step.line, problems).filter { $0 != step.id } + sources
        }
        checkOutputs(of: steps, configuration, problems)
        let asked = names.isEmpty ? layers.variation?.only ?? [] : names
        let selection = index.ids(of: asked, "asked for is", at: nil, problems)
        let setup = resolveSetup(layers, problems)
        try problems.throwIfAny()
        return ResolvedPipeline(
            steps: steps, parameters: Dictionary(uniqueKeysWithValues: layers.parameters.map { ($0.name, $0.value) }),
            variables: layers.textVariables, shell: configuration.shell, setup: setup, limits: configuration.limits,
            secretVariables: layers.secretVariables, selection: selection)
    }

    /// Returns every parameter by name with its value after all layers and the layer it comes from.
    public static func resolvedParameters(
        _ configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> [ResolvedParameter] {
        try ConfigurationLayers(configuration, in: context).parameters
    }

    /// Returns the rule of the context's branch with its variables and commands ready to use.
    public static func resolveEnvironment(
        _ configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> ResolvedEnvironment {
        let layers = try ConfigurationLayers(configuration, in: context)
        let rule = layers.rule
        let problems = ProblemList(file: context.file)
        let what = "the rule for `\(rule.match.text)`"
        let setup = rule.setup.map { script($0, "`setup` of \(what)", layers, problems) }
        let teardown = rule.teardown.map { script($0, "`teardown` of \(what)", layers, problems) }
        try problems.throwIfAny()
        return ResolvedEnvironment(
            match: rule.match.text, isProtected: rule.isProtected, from: rule.from, parameters: layers.parameters,
            variables: layers.variables, setup: setup, teardown: teardown,
            expiry: configuration.expiry.overridden(by: rule.expiry))
    }

    private static func resolveSetup(_ layers: ConfigurationLayers, _ problems: ProblemList) -> Setup? {
        guard let setup = layers.configuration.setup else { return nil }
        var resolved = Setup(run: script(setup.run, "`setup`", layers, problems), inputs: [], outputs: [])
        do throws(ValueScope.Failure) {
            for input in setup.inputs { resolved.inputs.append(try layers.scope.path(Template(input))) }
            for output in setup.outputs { resolved.outputs.append(try layers.scope.path(Template(output))) }
        } catch {
            problems.add(at: nil, "`setup`: \(error.message)", error.suggestion)
        }
        return resolved
    }

    private static func script(
        _ text: String, _ what: String, _ layers: ConfigurationLayers, _ problems: ProblemList
    ) -> String {
        do throws(ValueScope.Failure) {
            return try layers.scope.script(Template(text))
        } catch {
            problems.add(at: nil, "\(what): \(error.message)", error.suggestion)
            return text
        }
    }

    /// One maker per output, also after matrices are expanded, and none within a read-only source.
    private static func checkOutputs(
        of steps: [ResolvedStep], _ configuration: ProjectConfiguration, _ problems: ProblemList
    ) {
        var outputs: [(path: String, owner: String)] = []
        var owners: [ResolvedStep] = []
        let sources = configuration.sources.filter { !$0.isWritable }
        for step in steps {
            for output in step.outputs {
                outputs.append((output, step.id))
                owners.append(step)
                for source in sources {
                    guard let path = source.path, PathRule.contains(path, output) else { continue }
                    problems.add(
                        at: step.line,
                        "the step `\(step.id)` makes `\(output)` inside the read-only source `\(source.name)`",
                        "write it elsewhere, or make the source `writable: true`")
                }
            }
        }
        for conflict in OutputConflict.find(in: outputs) {
            let (first, second) = (owners[conflict.first], owners[conflict.second])
            let (path, other) = (outputs[conflict.second].path, outputs[conflict.first].path)
            let isOneGroup = first.group == second.group
            problems.add(
                at: second.line,
                "the steps `\(first.id)` (line \(first.line?.line ?? 0)) and `\(second.id)` both make `\(path)`"
                    + (path == other ? "" : ", which overlaps `\(other)`"),
                isOneGroup ? "put ${{ matrix.… }} into the output's path" : "give each step outputs of its own")
        }
    }
}

/// The steps by name, with the ids of their members.
private struct StepNames {
    private let members: [String: [String]]
    private let ids: Set<String>

    init(members: [String: [String]]) {
        self.members = members
        ids = Set(members.values.joined())
    }

    /// Each name as ids: a group as all its members, an id as itself; unknown ones are reported.
    func ids(of names: [String], _ what: String, at place: SourceLine?, _ problems: ProblemList) -> [String] {
        var result: [String] = []
        var seen: Set<String> = []
        for name in names {
            let found = members[name] ?? (ids.contains(name) ? [name] : [])
            if found.isEmpty {
                let group = String(name.prefix { $0 != "[" })
                let candidates = members[group].map { $0.sorted() } ?? members.keys.sorted()
                problems.add(
                    at: place, "\(what) `\(name)`, which is no step", Spelling.suggestion(for: name, among: candidates))
            }
            for id in found where seen.insert(id).inserted { result.append(id) }
        }
        return result
    }
}
