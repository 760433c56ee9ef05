import Model

extension DocumentReader {
    /// `variations`, `gate`, `publish`, `expire`, `store` and `report`.
    func readPolicies() {
        if let node = root["gate"] { readGate(node) }
        if let node = root["publish"] { readPublish(node) }
        if let node = root["expire"] { configuration.expiry = Expiry().overridden(by: expiry(node, "`expire`")) }
        if let map = root["store"].flatMap({ MappingReader($0, "`store`", keys: ConfigurationKeys.store, problems) }) {
            let defaults = StorePolicy()
            configuration.store = StorePolicy(
                snapshots: map.integer("snapshots", in: 0...100_000) ?? defaults.snapshots,
                cache: map.size("cache") ?? defaults.cache, copyLimit: map.size("copy_limit") ?? defaults.copyLimit)
        }
        if let map = root["report"].flatMap({ MappingReader($0, "`report`", keys: ConfigurationKeys.report, problems) })
        {
            configuration.reportRows = map.word("rows", as: ReportRows.self) ?? .none
        }
    }

    func readVariations() {
        guard let map = root["variations"].flatMap({ MappingReader($0, "`variations`", keys: nil, problems) }) else {
            return
        }
        for entry in map.entries {
            guard NameRule.isPlainName(entry.key) else {
                problems.add(at: entry.keyPlace, "`\(entry.key)` in `variations` is no name", plainNameRemedy)
                continue
            }
            let what = "the variation `\(entry.key)`"
            guard let reader = MappingReader(entry.value, what, keys: ConfigurationKeys.variation, problems) else {
                continue
            }
            var variation = Variation(name: entry.key)
            variation.only = stepNames("only", of: reader)
            if let params = reader["params"] { variation.parameters = parameterValues(params, "`params` of \(what)") }
            configuration.variations.append(variation)
        }
    }

    /// A list of names of steps that exist.
    func stepNames(_ key: String, of map: MappingReader) -> [String] {
        guard let items = map[key]?.list(map.name(key), problems) else { return [] }
        return items.compactMap { item in
            guard let name = item.text("an item of \(map.name(key))", problems) else { return nil }
            if stepPlaces[name] == nil {
                problems.add(
                    at: item.start, "\(map.name(key)) names `\(name)`, which is no step",
                    Spelling.suggestion(for: name, among: stepPlaces.keys.sorted()))
                return nil
            }
            return name
        }
    }

    private func readGate(_ node: YAMLNode) {
        guard let map = MappingReader(node, "`gate`", keys: ConfigurationKeys.gate, problems) else { return }
        var gate = GatePolicy()
        gate.mode = map.word("mode", as: GatePolicy.Mode.self) ?? gate.mode
        gate.method = map.word("method", as: MergeMethod.self, later: ["rebase"]) ?? gate.method
        gate.warnings = map.word("warnings", as: GatePolicy.WarningPolicy.self) ?? gate.warnings
        gate.changedTests = map.word("changed_tests", as: GatePolicy.ChangePolicy.self) ?? gate.changedTests
        gate.dataMaxAge = map.span("data_max_age") ?? gate.dataMaxAge
        gate.isolation = map.word("isolation", as: IsolationLevel.self) ?? gate.isolation
        gate.tests = map.word("tests", as: GatePolicy.TestsPolicy.self) ?? gate.tests
        gate.existingFailures = map.word("existing_failures", as: GatePolicy.Permission.self) ?? gate.existingFailures
        gate.override = map.word("override", as: GatePolicy.Permission.self) ?? gate.override
        gate.sign = map.word("sign", as: GatePolicy.Signing.self, later: ["ssh"]) ?? gate.sign
        gate.server = map.word("server", as: GatePolicy.ServerMode.self, later: ["run"]) ?? gate.server
        gate.upstream = map.word("upstream", as: GatePolicy.UpstreamPolicy.self) ?? gate.upstream
        gate.ignore = paths("ignore", of: map, scope: nil) ?? []
        if let require = map["require"] {
            if require.items != nil {
                gate.require = .steps(stepNames("require", of: map))
                if require.items?.isEmpty == true {
                    problems.add(at: require.start, "`require` of `gate` is empty", "write `all`, or name steps")
                }
            } else if let word = map.text("require"), word != "all" {
                problems.add(
                    at: require.start, "`require` of `gate` cannot be `\(word)`", "write `all`, or a list of steps")
            }
        }
        configuration.gate = gate
    }

    private func readPublish(_ node: YAMLNode) {
        guard let map = MappingReader(node, "`publish`", keys: ConfigurationKeys.publish, problems) else { return }
        let outputs = paths("outputs", of: map, scope: nil) ?? []
        let declared = configuration.steps.flatMap(\.outputs)
        let hasTemplates = declared.contains(where: Template.hasPlaceholder)
        for item in map["outputs"]?.items ?? [] {
            guard let text = item.scalarText, PathRule.violation(in: text) == nil else { continue }
            let path = PathRule.normalized(text)
            let isKnown = declared.contains { PathRule.contains($0, path) || PathRule.contains(path, $0) }
            if !isKnown, !hasTemplates, !path.contains("*") {
                problems.add(
                    at: item.start, "`publish` names `\(path)`, which is no step's output",
                    Spelling.suggestion(for: path, among: declared))
            }
        }
        guard let to = map.text("to") else {
            if map["to"] == nil {
                problems.add(at: node.start, "`publish` has no `to`", "name the folder that consumers read")
            }
            return
        }
        if to.isEmpty || to.utf8.contains(where: { $0 < 32 || $0 == 127 }) || Template.hasPlaceholder(to) {
            problems.add(at: map["to"]?.start, "`to` of `publish` must be a plain path")
        }
        if map["outputs"] == nil || map["outputs"]?.items?.isEmpty == true {
            problems.add(
                at: map["outputs"]?.start ?? node.start, "`publish` has no `outputs`", "name the outputs to publish")
        }
        configuration.publish = PublishPolicy(
            to: to, outputs: outputs, keep: map.integer("keep", in: 1...100_000) ?? 10,
            command: command("command", of: map, scope: scope))
    }
}
