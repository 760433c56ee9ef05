import Model

/// Reads one `headgate.yaml`: names first, so that placeholders can be checked where they stand, then each section.
///
/// The sections live in extensions, one file each.
final class DocumentReader {
    let root: MappingReader
    let problems: ProblemList
    var configuration: ProjectConfiguration
    /// What placeholders may refer to outside steps.
    var scope = TemplateScope()
    /// Step → place of its key, for messages about two steps.
    var stepPlaces: [String: SourceLine] = [:]

    init(root: MappingReader, problems: ProblemList) {
        self.root = root
        self.problems = problems
        configuration = ProjectConfiguration(project: "")
    }

    func read() -> ProjectConfiguration {
        readVersion()
        readNames()
        readProject()
        readEnvironments()
        readSources()
        readSteps()
        readVariations()
        readPolicies()
        checkPaths()
        return configuration
    }

    private func readVersion() {
        guard let node = root["version"] else {
            problems.add(at: root.place, "`version` is missing", "begin the file with `version: 1`")
            return
        }
        guard case .integer(let version) = node.meaning, version >= 1 else {
            problems.add(at: node.start, "`version` must be 1, not \(node.kindForPeople)", "write `version: 1`")
            return
        }
        if version > 1 {
            problems.add(at: node.start, "version \(version) of the file is newer than this program", "update headgate")
        }
    }

    /// Reads what others refer to by name: parameters, ports, secrets, and the names of variables.
    private func readNames() {
        readParameters()
        configuration.ports = identifiers("ports")
        configuration.secrets = identifiers("secrets")
        scope.parameters = Set(configuration.parameters.keys)
        scope.ports = Set(configuration.ports)
        scope.secrets = Set(configuration.secrets)
        scope.variables = Set(root["variables"]?.entries?.map(\.key) ?? [])
        for rule in root["environments"]?.items ?? [] {
            scope.variables.formUnion(rule["variables"]?.entries?.map(\.key) ?? [])
        }
    }

    private func identifiers(_ key: String) -> [String] {
        guard let items = root[key]?.list("`\(key)`", problems) else { return [] }
        var names: [String] = []
        for item in items {
            guard let name = item.text("an item of `\(key)`", problems) else { continue }
            if !NameRule.isIdentifier(name) {
                problems.add(at: item.start, "`\(name)` in `\(key)` is no name", identifierRemedy)
            } else if let other = names.first(where: { $0.uppercased() == name.uppercased() }) {
                problems.add(at: item.start, "`\(name)` in `\(key)` is the same as `\(other)`", "remove it")
            } else {
                names.append(name)
            }
        }
        return names
    }

    private func readProject() {
        if let name = root.text("project") {
            if NameRule.isPlainName(name) {
                configuration.project = name
            } else {
                problems.add(at: root["project"]?.start, "`project`: `\(name)` is no name", plainNameRemedy)
            }
        }
        configuration.workspaces = root.text("workspaces").flatMap { outsidePath($0, key: "workspaces") }
        configuration.copyIgnored = paths("copy_ignored", of: root, scope: nil) ?? []
        if let shell = root.texts("shell") {
            if shell.isEmpty || shell.contains("") {
                problems.add(at: root["shell"]?.start, "`shell` must name a program and its options")
            } else {
                configuration.shell = shell
            }
        }
        if let node = root["variables"] { configuration.variables = variables(node, "`variables`", scope: secretScope) }
        if let node = root["setup"] { configuration.setup = setup(node) }
        if let node = root["sandbox"] { configuration.sandbox = sandbox(node, "`sandbox`") }
        if let map = root["limits"].flatMap({ MappingReader($0, "`limits`", keys: nil, problems) }) {
            for entry in map.entries {
                configuration.limits[entry.key] = map.integer(entry.key, in: 1...100_000)
            }
        }
    }

    var secretScope: TemplateScope {
        var scope = scope
        scope.allowsSecrets = true
        return scope
    }

    private func setup(_ node: YAMLNode) -> Setup? {
        if node.entries == nil, let run = node.text("`setup`", problems) {
            scope.check(run, in: node, problems)
            return Setup(run: run, inputs: [], outputs: [])
        }
        guard let map = MappingReader(node, "`setup`", keys: ConfigurationKeys.setup, problems) else { return nil }
        guard let run = command("run", of: map, scope: scope) else {
            if map["run"] == nil { problems.add(at: node.start, "`setup` has no `run`") }
            return nil
        }
        return Setup(
            run: run, inputs: paths("inputs", of: map, scope: scope) ?? [],
            outputs: paths("outputs", of: map, scope: scope) ?? [])
    }
}

let identifierRemedy = "use letters, digits and `_`, at most 64, not beginning with a digit"
let plainNameRemedy = "use letters, digits, `_`, `-` and `.`, at most 64, beginning with a letter or digit"

// MARK: - Pieces that several sections share

extension DocumentReader {
    /// A command that is not empty, its placeholders checked.
    func command(_ key: String, of map: MappingReader, scope: TemplateScope) -> String? {
        guard let node = map[key] else { return nil }
        if node.items != nil {
            problems.add(
                at: node.start, "\(map.name(key)) must be one text, not a list",
                "write `\(key): |` and the commands below it, one per line")
            return nil
        }
        guard let text = node.text(map.name(key), problems) else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            problems.add(at: node.start, "\(map.name(key)) is empty")
            return nil
        }
        guard !text.utf8.contains(0) else {
            problems.add(at: node.start, "\(map.name(key)) holds a NUL character")
            return nil
        }
        scope.check(text, in: node, problems)
        return text
    }

    /// Paths or globs relative to the root, normalised; `nil` when the key is absent.
    ///
    /// - Parameter scope: `nil` where no placeholders may stand.
    func paths(_ key: String, of map: MappingReader, scope: TemplateScope?) -> [String]? {
        guard let node = map[key], let items = node.list(map.name(key), problems) else { return nil }
        return items.compactMap { item in
            item.text("an item of \(map.name(key))", problems).flatMap {
                path($0, in: item, map.name(key), scope: scope)
            }
        }
    }

    func path(_ text: String, in node: YAMLNode, _ what: String, scope: TemplateScope?) -> String? {
        if let scope {
            guard scope.check(text, in: node, problems) else { return nil }
        } else if Template.hasPlaceholder(text) {
            problems.add(at: node.start, "\(what) takes no placeholders")
            return nil
        }
        if let violation = PathRule.violation(in: text) {
            problems.add(at: node.start, "\(what): the path `\(text)` \(violation.reason)", violation.remedy)
            return nil
        }
        return PathRule.normalized(text)
    }

    /// A place that may be absolute or outside the project.
    func outsidePath(_ text: String, key: String) -> String? {
        guard !text.isEmpty, !text.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            problems.add(at: root[key]?.start, "`\(key)` must be a path without control characters")
            return nil
        }
        return text
    }

    func variables(_ node: YAMLNode, _ what: String, scope: TemplateScope) -> [String: String] {
        guard let map = MappingReader(node, what, keys: nil, problems) else { return [:] }
        var result: [String: String] = [:]
        for entry in map.entries {
            guard let text = map.scalarText(entry.key) else { continue }
            if let problem = variableNameProblem(entry.key) {
                problems.add(at: entry.keyPlace, "\(what): `\(entry.key)` \(problem.0)", problem.1)
                continue
            }
            if text.utf8.contains(0) {
                problems.add(at: entry.value.start, "\(map.name(entry.key)) holds a NUL character")
                continue
            }
            guard scope.check(text, in: entry.value, problems) else { continue }
            let template = Template(text)
            if template.soleReference == nil,
                template.references.contains(where: { $0.reference.namespace == "secrets" })
            {
                problems.add(
                    at: entry.value.start, "\(map.name(entry.key)): a secret must be the whole value of a variable",
                    "hand the parts over as variables and join them in the command")
                continue
            }
            result[entry.key] = text
        }
        return result
    }

    private func variableNameProblem(_ name: String) -> (String, String)? {
        if !NameRule.isIdentifier(name) { return ("is no name for a variable", identifierRemedy) }
        if name.hasPrefix("HEADGATE_") { return ("is one of Headgate's own variables", "give it another name") }
        if ["HOME", "USER", "LANG", "TMPDIR"].contains(name) {
            return ("has a fixed value inside the sandbox", "set it in the command itself")
        }
        return nil
    }

    func sandbox(_ node: YAMLNode, _ what: String) -> SandboxSettings {
        guard let map = MappingReader(node, what, keys: ConfigurationKeys.sandbox, problems) else {
            return SandboxSettings()
        }
        return SandboxSettings(
            network: map.boolean("network"), read: hostPaths("read", of: map), write: hostPaths("write", of: map))
    }

    private func hostPaths(_ key: String, of map: MappingReader) -> [String] {
        guard let items = map[key]?.list(map.name(key), problems) else { return [] }
        return items.compactMap { item in
            guard let text = item.text("an item of \(map.name(key))", problems) else { return nil }
            guard PathRule.isAbsoluteOrHome(text), !Template.hasPlaceholder(text) else {
                problems.add(
                    at: item.start,
                    "\(map.name(key)): `\(text)` must be an absolute path or begin with `~/`, without `..`",
                    "what lies in the project is visible anyway")
                return nil
            }
            return text
        }
    }

    /// The parameters that a rule, a variation or the local layer sets, checked against their declarations.
    func parameterValues(_ node: YAMLNode, _ what: String) -> [String: ParameterValue] {
        guard let map = MappingReader(node, what, keys: nil, problems) else { return [:] }
        var result: [String: ParameterValue] = [:]
        for entry in map.entries {
            guard let value = entry.value.value(map.name(entry.key), problems) else { continue }
            guard let parameter = configuration.parameters[entry.key] else {
                // A declaration that could not be read has been reported already.
                if root["params"]?[entry.key] == nil {
                    problems.add(
                        at: entry.keyPlace, "\(what) sets `\(entry.key)`, which is not declared under `params`",
                        Spelling.suggestion(for: entry.key, among: configuration.parameters.keys.sorted()))
                }
                continue
            }
            switch ParameterRule.fit(value, to: parameter) {
            case .success(let fitting): result[entry.key] = fitting
            case .failure(let misfit):
                problems.add(at: entry.value.start, "\(map.name(entry.key)) \(misfit.message)", misfit.suggestion)
            }
        }
        return result
    }
}
