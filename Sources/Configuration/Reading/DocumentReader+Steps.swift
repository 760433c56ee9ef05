import Model

extension DocumentReader {
    /// `steps`, in the order of the file.
    func readSteps() {
        guard let map = root["steps"].flatMap({ MappingReader($0, "`steps`", keys: nil, problems) }) else {
            checkLimits([])
            return
        }
        for entry in map.entries { stepPlaces[entry.key] = entry.keyPlace }
        configuration.steps.reserveCapacity(map.entries.count)
        for entry in map.entries {
            guard NameRule.isPlainName(entry.key) else {
                problems.add(at: entry.keyPlace, "`\(entry.key)` in `steps` is no name", plainNameRemedy)
                continue
            }
            let what = "the step `\(entry.key)`"
            guard let reader = MappingReader(entry.value, what, keys: ConfigurationKeys.step, problems) else {
                continue
            }
            if let step = step(entry.key, at: entry.keyPlace, reader) { configuration.steps.append(step) }
        }
        checkNeeds(map)
        checkLimits(configuration.steps.compactMap(\.mutex))
    }

    private func step(_ name: String, at place: SourceLine, _ map: MappingReader) -> Step? {
        var scope = scope
        let matrix = map["matrix"].flatMap { self.matrix($0, map.what) }
        if let matrix {
            scope.axes = Set(matrix.axes.map(\.name)).union(matrix.include.flatMap(\.keys))
        } else if let node = map["matrix"] {
            // It was refused already; its names still count, so that no placeholder is refused because of it.
            scope.axes = Set(node.entries?.map(\.key) ?? [])
        }
        guard let run = command("run", of: map, scope: scope) else {
            if map["run"] == nil {
                problems.add(at: place, "\(map.what) has no `run`", "give it the command to run")
            }
            return nil
        }
        var step = Step(name: name, run: run, line: place)
        step.matrix = matrix
        step.inputs = paths("inputs", of: map, scope: scope)
        step.outputs = outputs(map, scope: scope)
        step.needs = map.texts("needs") ?? []
        step.isolation = map.word("isolation", as: IsolationLevel.self)
        step.image = image(map, scope: scope)
        if step.isolation == .container, step.image == nil, map["image"] == nil {
            problems.add(at: map["isolation"]?.start, "\(map.what) is to run in a container and has no `image`")
        }
        if step.isolation == .hermetic, step.image != nil {
            problems.add(
                at: map["isolation"]?.start, "\(map.what) is `hermetic` and has an `image`",
                "keep one: a container sees the whole workspace")
        }
        if let node = map["resources"] { step.resources = resources(node, map.name("resources")) }
        if let node = map["sandbox"] { step.sandbox = sandbox(node, map.name("sandbox")) }
        if let node = map["variables"] {
            var own = scope
            own.allowsSecrets = true
            step.variables = variables(node, map.name("variables"), scope: own)
        }
        step.timeout = map.span("timeout")
        if step.timeout?.seconds == 0 { problems.add(at: map["timeout"]?.start, "\(map.name("timeout")) is zero") }
        step.retries = map.integer("retries", in: 0...100) ?? 0
        step.mutex = map.text("mutex")
        if let mutex = step.mutex, !NameRule.isPlainName(mutex) {
            problems.add(at: map["mutex"]?.start, "\(map.name("mutex")): `\(mutex)` is no name", plainNameRemedy)
        }
        step.nulls = map.scalarTexts("nulls") ?? [""]
        if let node = map["tests"] {
            step.tests = tests(node, of: map.what, scope: scope)
            for test in step.tests where test.check.name == .freshness && test.check.columns.isEmpty {
                problems.add(
                    at: test.line, "the outputs of \(map.what) are as old as its run",
                    "name the column that says when rows came: `freshness: {column: …}`")
            }
            if map["outputs"] == nil, !step.tests.isEmpty, step.tests.contains(where: { $0.table == nil }) {
                problems.add(at: node.start, "\(map.what) has tests and no `outputs` to test", "declare what it makes")
            }
        }
        return step
    }

    private func outputs(_ map: MappingReader, scope: TemplateScope) -> [String] {
        let outputs = paths("outputs", of: map, scope: scope) ?? []
        for (index, output) in outputs.enumerated() {
            if output.contains(where: { "*?".contains($0) }) {
                problems.add(
                    at: map["outputs"]?.start, "\(map.name("outputs")): `\(output)` is a pattern",
                    "name the file, or the folder that holds them")
            } else if let other = outputs[..<index].first(where: {
                PathRule.contains($0, output) || PathRule.contains(output, $0)
            }) {
                problems.add(
                    at: map["outputs"]?.start, "\(map.name("outputs")): `\(output)` is declared by `\(other)` already",
                    "remove one")
            }
        }
        checkOutputPlaces(map)
        return outputs
    }

    /// No output may be a file that steers the project, or lie over an input of the same step.
    private func checkOutputPlaces(_ map: MappingReader) {
        let inputs = places("inputs", of: map)
        for (output, node) in places("outputs", of: map) {
            let what = "\(map.name("outputs")): `\(output)`"
            if let violation = PathRule.outputViolation(output) {
                problems.add(at: node.start, "\(what) \(violation.reason)", violation.remedy)
            } else if let (input, other) = inputs.first(where: {
                PathRule.contains($0.path, output) || PathRule.contains(output, $0.path)
            }) {
                problems.add(
                    at: node.start, "\(what) lies over its own input `\(input)` in line \(other.start.line)",
                    "write elsewhere, or name the inputs more narrowly")
            }
        }
    }

    /// The well-formed paths of a list, normalised, each with its node.
    private func places(_ key: String, of map: MappingReader) -> [(path: String, node: YAMLNode)] {
        (map[key]?.items ?? []).compactMap { node in
            guard let text = node.scalarText, PathRule.violation(in: text) == nil else { return nil }
            return (PathRule.normalized(text), node)
        }
    }

    private func image(_ map: MappingReader, scope: TemplateScope) -> String? {
        guard let node = map["image"], let text = map.text("image") else { return nil }
        guard !text.isEmpty, !text.hasPrefix("-"), !Template(text).parts.contains(where: isLiteralWithSpace) else {
            problems.add(
                at: node.start, "\(map.name("image")): `\(text)` is no image", "write registry.example/name@sha256:…")
            return nil
        }
        scope.check(text, in: node, problems)
        return text
    }

    private func isLiteralWithSpace(_ part: Template.Part) -> Bool {
        if case .literal(let text) = part { text.utf8.contains { $0 <= 32 || $0 == 127 } } else { false }
    }

    private func resources(_ node: YAMLNode, _ what: String) -> Resources {
        guard let map = MappingReader(node, what, keys: ConfigurationKeys.resources, problems) else {
            return Resources()
        }
        var resources = Resources()
        if let cpus = map.number("cpus") {
            if cpus > 0 {
                resources.cpus = cpus
            } else {
                problems.add(at: map["cpus"]?.start, "\(map.name("cpus")) must be more than 0")
            }
        }
        resources.memory = map.size("memory")
        if resources.memory?.bytes == 0 {
            problems.add(at: map["memory"]?.start, "\(map.name("memory")) must be more than 0")
        }
        resources.gpus = map.integer("gpus", in: 0...10_000)
        return resources
    }

    /// What `needs` names: a step, one member of its matrix by id, or a source.
    private func checkNeeds(_ map: MappingReader) {
        let sources = root["sources"]?.entries?.map(\.key) ?? []
        for entry in map.entries {
            for item in entry.value["needs"]?.items ?? [] {
                guard let name = item.scalarText else { continue }
                let group = String(name.prefix { $0 != "[" })
                if group == entry.key {
                    problems.add(at: item.start, "the step `\(entry.key)` needs itself", "remove it")
                } else if stepPlaces[group] == nil, !sources.contains(name) {
                    problems.add(
                        at: item.start, "the step `\(entry.key)` needs `\(name)`, which is no step and no source",
                        Spelling.suggestion(for: name, among: map.entries.map(\.key) + sources))
                }
            }
        }
    }

    private func checkLimits(_ mutexes: [String]) {
        for entry in root["limits"]?.entries ?? [] where !mutexes.contains(entry.key) {
            problems.add(
                at: entry.keyPlace, "`limits` names `\(entry.key)`, which no step has as its `mutex`",
                Spelling.suggestion(for: entry.key, among: mutexes))
        }
    }
}
