import Model

extension DocumentReader {
    /// `params`: typed by the default, or in long form.
    func readParameters() {
        guard let map = root["params"].flatMap({ MappingReader($0, "`params`", keys: nil, problems) }) else { return }
        var upper: [String: String] = [:]
        for entry in map.entries {
            guard NameRule.isIdentifier(entry.key) else {
                problems.add(
                    at: entry.keyPlace, "`\(entry.key)` in `params` is no name for a parameter", identifierRemedy)
                continue
            }
            if let other = upper.updateValue(entry.key, forKey: entry.key.uppercased()) {
                problems.add(
                    at: entry.keyPlace, "the parameters `\(other)` and `\(entry.key)` differ only in case",
                    "both would be HEADGATE_PARAM_\(entry.key.uppercased()); rename one")
                continue
            }
            let what = "the parameter `\(entry.key)`"
            if let long = entry.value.entries {
                let keys = ConfigurationKeys.parameter
                let reader = MappingReader(entries: long, place: entry.value.start, what: what, keys: keys, problems)
                configuration.parameters[entry.key] = parameter(reader)
            } else if entry.value.items != nil {
                problems.add(
                    at: entry.value.start, "\(what) must have one value, not a list", "a list of values is a `matrix`")
            } else if let value = entry.value.value(what, problems), noPlaceholder(value, entry.value, what) {
                configuration.parameters[entry.key] = Parameter(type: value.type, defaultValue: value)
            }
        }
    }

    private func noPlaceholder(_ value: ParameterValue, _ node: YAMLNode, _ what: String) -> Bool {
        guard Template.hasPlaceholder(value.text) else { return true }
        problems.add(at: node.start, "\(what) cannot hold a placeholder", "a variable can be made out of parameters")
        return false
    }

    private func parameter(_ map: MappingReader) -> Parameter? {
        var declared: ParameterType?
        if let node = map["type"], let word = map.text("type") {
            let words: [String: ParameterType] = [
                "string": .string, "integer": .integer, "number": .number, "boolean": .boolean,
            ]
            declared = words[word]
            if declared == nil {
                let other = [
                    "str": "string", "text": "string", "int": "integer", "float": "number", "double": "number",
                    "bool": "boolean",
                ]
                let near = other[word] ?? Spelling.nearest(to: word, among: words.keys.sorted())
                problems.add(
                    at: node.start, "\(map.name("type")) cannot be `\(word)`",
                    near.map { "did you mean `\($0)`?" } ?? "it is string, integer, number or boolean")
                return nil
            }
        }
        guard let node = map["default"] else {
            problems.add(at: map.place, "\(map.what) has no `default`", "write {default: …}")
            return nil
        }
        guard let value = node.value(map.name("default"), problems), noPlaceholder(value, node, map.what) else {
            return nil
        }
        var parameter = Parameter(type: declared ?? value.type, defaultValue: value)
        parameter.minimum = map.bound("min")
        parameter.maximum = map.bound("max")
        if map["min"] != nil || map["max"] != nil, parameter.type == .string || parameter.type == .boolean {
            problems.add(
                at: map.keyPlace("min") ?? map.keyPlace("max"),
                "\(map.what) is \(parameter.type.withArticle) and has no bounds", "use `one_of`")
        }
        if let low = parameter.minimum, let high = parameter.maximum, low > high {
            problems.add(at: map["min"]?.start, "\(map.what) has `min` above `max`")
            return nil
        }
        if let items = map["one_of"]?.list(map.name("one_of"), problems) {
            let bare = parameter
            parameter.oneOf = items.compactMap { item in
                item.value("an item of \(map.name("one_of"))", problems).flatMap {
                    fit($0, bare, at: item, map.name("one_of"))
                }
            }
            if items.isEmpty { problems.add(at: map["one_of"]?.start, "\(map.name("one_of")) is empty") }
        }
        guard let fitting = fit(value, parameter, at: node, map.name("default")) else { return nil }
        parameter.defaultValue = fitting
        return parameter
    }

    private func fit(_ value: ParameterValue, _ parameter: Parameter, at node: YAMLNode, _ what: String)
        -> ParameterValue?
    {
        switch ParameterRule.fit(value, to: parameter) {
        case .success(let fitting): return fitting
        case .failure(let misfit):
            problems.add(at: node.start, "\(what) \(misfit.message)", misfit.suggestion)
            return nil
        }
    }
}
