import Model

/// Translates the templating of `dvc.yaml` (`vars`, `${name}`, `foreach`, `matrix`) into parameters and matrices.
///
/// Source: dvc.org/doc/user-guide/project-structure/dvcyaml-files, "Templating".
struct DVCTemplating {
    /// The texts of files that `vars` may name, by path; `params.yaml` is read without being named.
    let files: [String: String]
    private var values: [String: YAMLNode] = [:]

    init(root: YAMLNode?, files: [String: String]) throws(ConfigurationError) {
        self.files = files
        try load("params.yaml", keys: nil)
        try load(root?["vars"])
    }

    private mutating func load(_ list: YAMLNode?) throws(ConfigurationError) {
        for item in list?.items ?? [] {
            if let entries = item.entries {
                for entry in entries { collect(entry.value, entry.key) }
            } else if let text = item.scalarText {
                // `file.yaml:key,key` takes some of a file.
                let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
                let keys = parts.count > 1 ? parts[1].split(separator: ",").map(String.init) : nil
                try load(parts.first ?? "", keys: keys)
            }
        }
    }

    private mutating func load(_ file: String, keys: [String]?) throws(ConfigurationError) {
        guard let text = files[file] else { return }
        let root = try YAMLComposer.compose(text, problems: ProblemList(file: file, text: text))
        for entry in root?.entries ?? [] where keys?.contains(entry.key) ?? true { collect(entry.value, entry.key) }
    }

    private mutating func collect(_ node: YAMLNode, _ name: String) {
        values[name] = node
        for entry in node.entries ?? [] { collect(entry.value, name + "." + entry.key) }
    }

    // MARK: - Combinations

    /// What a generated stage is generated for; `nil` for a stage that is one.
    ///
    /// - Throws: `NotTranslated` where values are more than scalars, or not known.
    func matrix(of stage: YAMLNode) throws(NotTranslated) -> Matrix? {
        if let axes = stage["matrix"]?.entries {
            var matrix = Matrix(axes: [])
            for axis in axes {
                guard let items = resolved(axis.value)?.items, NameRule.isIdentifier(axis.key) else {
                    throw NotTranslated()
                }
                matrix.axes.append(Matrix.Axis(name: axis.key, values: try items.map(scalar)))
            }
            return matrix
        }
        guard let each = stage["foreach"] else { return nil }
        guard let found = resolved(each) else { throw NotTranslated() }
        if let entries = found.entries {
            return Matrix(
                axes: [],
                include: try entries.map { entry throws(NotTranslated) in
                    try item(entry.value).merging(["key": .string(entry.key)]) { $1 }
                })
        }
        guard let items = found.items else { throw NotTranslated() }
        if items.contains(where: { $0.entries != nil }) { return Matrix(axes: [], include: try items.map(item)) }
        return Matrix(axes: [Matrix.Axis(name: "item", values: try items.map(scalar))])
    }

    private func item(_ node: YAMLNode) throws(NotTranslated) -> [String: ParameterValue] {
        guard let entries = node.entries else { return ["item": try scalar(node)] }
        var values: [String: ParameterValue] = [:]
        for entry in entries {
            guard NameRule.isIdentifier(entry.key) else { throw NotTranslated() }
            values[entry.key] = try scalar(entry.value)
        }
        return values
    }

    private func scalar(_ node: YAMLNode) throws(NotTranslated) -> ParameterValue {
        guard let value = node.parameterValue, !value.text.contains("${") else { throw NotTranslated() }
        return value
    }

    /// The node, or the one that it names as a whole: `${models}`.
    private func resolved(_ node: YAMLNode) -> YAMLNode? {
        guard let text = node.scalarText else { return node }
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        return values[String(text.dropFirst(2).dropLast()).filter { $0 != " " }]
    }

    // MARK: - Texts

    /// Translates `${name}` in `text`; `\${` is what a shell is to see.
    ///
    /// - Parameter used: takes the parameters that the text refers to.
    func translate(
        _ text: String, _ matrix: Matrix?, used: inout [String: ParameterValue]
    ) throws(NotTranslated) -> String {
        guard !Template.hasPlaceholder(text) else { throw NotTranslated() }
        var result = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "${") {
            result += rest[..<open.lowerBound]
            rest = rest[open.upperBound...]
            if result.last == "\\" {
                result.removeLast()
                result += "${"
                continue
            }
            guard let close = rest.firstIndex(of: "}") else { throw NotTranslated() }
            result += try reference(rest[..<close].filter { $0 != " " }, matrix, &used)
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private func reference(
        _ name: String, _ matrix: Matrix?, _ used: inout [String: ParameterValue]
    ) throws(NotTranslated) -> String {
        if let matrix {
            let names = matrix.axes.map(\.name) + matrix.include.flatMap(\.keys)
            let inner = name.hasPrefix("item.") ? String(name.dropFirst(5)) : name
            if name == "item" || name == "key" || name.hasPrefix("item."), names.contains(inner) {
                return "${{ matrix.\(inner) }}"
            }
            if name == "key", !matrix.axes.isEmpty {
                return matrix.axes.map { "${{ matrix.\($0.name) }}" }.joined(separator: "-")
            }
        }
        guard let value = values[name]?.parameterValue else { throw NotTranslated() }
        let parameter = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        guard NameRule.isIdentifier(parameter) else { throw NotTranslated() }
        used[parameter] = value
        return "${{ params.\(parameter) }}"
    }

    /// A template that has no counterpart.
    struct NotTranslated: Error {}
}

extension YAMLNode {
    /// A plain value; `nil` for collections and nothing.
    fileprivate var parameterValue: ParameterValue? {
        switch meaning {
        case .text(let text), .ambiguous(let text, _): .string(text)
        case .integer(let value): .integer(value)
        case .number(let value): value.isFinite ? .number(value) : nil
        case .wide(let value): .string(String(value))
        case .boolean(let value): .boolean(value)
        case .null, .sequence, .mapping: nil
        }
    }
}
