import Model

extension DocumentReader {
    /// `matrix`: axes with their values, `include` and `exclude`.
    func matrix(_ node: YAMLNode, _ owner: String) -> Matrix? {
        let what = "`matrix` of \(owner)"
        guard let map = MappingReader(node, what, keys: nil, problems) else { return nil }
        var matrix = Matrix(axes: [])
        var isWell = true
        for entry in map.entries where entry.key != "include" && entry.key != "exclude" {
            guard NameRule.isIdentifier(entry.key) else {
                problems.add(at: entry.keyPlace, "\(what): `\(entry.key)` is no name for an axis", identifierRemedy)
                isWell = false
                continue
            }
            guard let values = axisValues(entry.value, map.name(entry.key)) else {
                isWell = false
                continue
            }
            matrix.axes.append(Matrix.Axis(name: entry.key, values: values))
        }
        matrix.include = combinations("include", of: map)
        matrix.exclude = combinations("exclude", of: map)
        let names = matrix.axes.map(\.name)
        for item in map["exclude"]?.items ?? [] {
            for entry in item.entries ?? [] where !names.contains(entry.key) {
                problems.add(
                    at: entry.keyPlace, "`exclude` in \(what) names `\(entry.key)`, which is no axis",
                    Spelling.suggestion(for: entry.key, among: names))
            }
        }
        if isWell, matrix.axes.isEmpty, matrix.include.isEmpty {
            problems.add(at: node.start, "\(what) is empty", "give it an axis: {seed: [1, 2, 3]}")
            return nil
        }
        return isWell ? matrix : nil
    }

    private func axisValues(_ node: YAMLNode, _ what: String) -> [ParameterValue]? {
        guard let items = node.list(what, problems) else { return nil }
        guard !items.isEmpty else {
            problems.add(at: node.start, "\(what) has no values")
            return nil
        }
        var values: [ParameterValue] = []
        for item in items {
            guard let value = axisValue(item, what) else { return nil }
            if values.contains(where: { $0.text == value.text }) {
                problems.add(at: item.start, "\(what) holds `\(value.text)` twice", "remove one")
                continue
            }
            values.append(value)
        }
        return values
    }

    private func axisValue(_ node: YAMLNode, _ what: String) -> ParameterValue? {
        guard let value = node.value("a value of \(what)", problems) else { return nil }
        if Template.hasPlaceholder(value.text) {
            problems.add(at: node.start, "\(what) cannot hold a placeholder", "write the values out")
            return nil
        }
        if value.text.isEmpty || value.text.utf8.contains(where: { $0 < 32 || $0 == 127 })
            || value.text.utf8.count > 200
        {
            problems.add(at: node.start, "a value of \(what) is empty, too long, or holds a control character")
            return nil
        }
        return value
    }

    private func combinations(_ key: String, of map: MappingReader) -> [[String: ParameterValue]] {
        guard let items = map[key]?.list(map.name(key), problems) else { return [] }
        return items.compactMap { item in
            guard let reader = MappingReader(item, "an item of \(map.name(key))", keys: nil, problems) else {
                return nil
            }
            var combination: [String: ParameterValue] = [:]
            for entry in reader.entries {
                guard NameRule.isIdentifier(entry.key) else {
                    problems.add(
                        at: entry.keyPlace, "\(map.name(key)): `\(entry.key)` is no name for an axis", identifierRemedy)
                    continue
                }
                combination[entry.key] = axisValue(entry.value, reader.name(entry.key))
            }
            if combination.isEmpty, reader.entries.isEmpty {
                problems.add(at: item.start, "an item of \(map.name(key)) is empty")
            }
            return combination
        }
    }
}
