import Model

/// Reads the entries of one map and reports unknown keys and wrong types.
struct MappingReader {
    let entries: [YAMLEntry]
    let place: SourceLine
    /// What the map describes, such as ``step `clean` ``; used in messages.
    let what: String
    let problems: ProblemList

    /// Returns `nil`, with a problem, when `node` is no map; nothing at all counts as an empty map.
    ///
    /// - Parameter keys: the keys that may stand there; `nil` allows every key.
    init?(_ node: YAMLNode, _ what: String, keys: [String]?, _ problems: ProblemList) {
        switch node.content {
        case .mapping(let entries): self.entries = entries
        case .scalar where node.isNull: entries = []
        default:
            problems.add(at: node.start, "\(what) must be a map of keys and values, not \(node.kindForPeople)")
            return nil
        }
        place = node.start
        self.what = what
        self.problems = problems
        if let keys { reportUnknownKeys(allowed: keys) }
    }

    init(entries: [YAMLEntry], place: SourceLine, what: String, keys: [String], _ problems: ProblemList) {
        self.entries = entries
        self.place = place
        self.what = what
        self.problems = problems
        reportUnknownKeys(allowed: keys)
    }

    subscript(key: String) -> YAMLNode? {
        entries.first { $0.key == key }?.value
    }

    func keyPlace(_ key: String) -> SourceLine? {
        entries.first { $0.key == key }?.keyPlace
    }

    func text(_ key: String) -> String? {
        self[key]?.text(name(key), problems)
    }

    func scalarText(_ key: String) -> String? {
        self[key]?.scalarText(name(key), problems)
    }

    func boolean(_ key: String) -> Bool? {
        self[key]?.boolean(name(key), problems)
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        self[key]?.integer(name(key), in: range, problems)
    }

    func number(_ key: String) -> Double? {
        self[key]?.number(name(key), problems)
    }

    func bound(_ key: String) -> NumericBound? {
        self[key]?.bound(name(key), problems)
    }

    func texts(_ key: String) -> [String]? {
        self[key]?.list(name(key), problems)?.compactMap { $0.text("an item of \(name(key))", problems) }
    }

    /// A list whose items may look like numbers or booleans, taken as written.
    func scalarTexts(_ key: String) -> [String]? {
        self[key]?.list(name(key), problems)?.compactMap { $0.scalarText("an item of \(name(key))", problems) }
    }

    func span(_ key: String) -> TimeSpan? {
        guard let node = self[key] else { return nil }
        guard let text = node.scalarText, let span = TimeSpan(text) else {
            problems.add(
                at: node.start, "\(name(key)) must be a duration, not \(quotedOrKind(node))",
                "write 90s, 30m, 26h or 14d")
            return nil
        }
        return span
    }

    func size(_ key: String) -> ByteCount? {
        guard let node = self[key] else { return nil }
        guard let text = node.scalarText, let size = ByteCount(text) else {
            problems.add(
                at: node.start, "\(name(key)) must be a size, not \(quotedOrKind(node))", "write 500MB, 50GB or 2GiB")
            return nil
        }
        return size
    }

    /// One word out of a closed set; `later` are words that are reserved for later versions.
    func word<Word: RawRepresentable & CaseIterable>(
        _ key: String, as type: Word.Type, later: [String] = []
    ) -> Word? where Word.RawValue == String {
        guard let node = self[key], let text = node.text(name(key), problems) else { return nil }
        let words = Word.allCases.map(\.rawValue).filter { !later.contains($0) }
        if later.contains(text) {
            problems.add(
                at: node.start, "\(name(key)): `\(text)` is not available in this version", "use \(alternatives(words))"
            )
            return nil
        }
        if let word = Word(rawValue: text) { return word }
        let near = Spelling.nearest(to: text, among: words).map { "did you mean `\($0)`? " } ?? ""
        problems.add(
            at: node.start, "\(name(key)) cannot be `\(text)`", near + "it is \(alternatives(words))")
        return nil
    }

    func name(_ key: String) -> String {
        what.isEmpty ? "`\(key)`" : "`\(key)` of \(what)"
    }

    private func reportUnknownKeys(allowed: [String]) {
        for entry in entries where !allowed.contains(entry.key) {
            let owner = what.isEmpty ? "at the top" : "in \(what)"
            if ConfigurationKeys.unavailableKeys.contains(entry.key) {
                problems.add(
                    at: entry.keyPlace, "`\(entry.key)` \(owner) is not available in this version", "remove it")
                continue
            }
            let translated = ConfigurationKeys.otherTools[entry.key].flatMap { allowed.contains($0) ? $0 : nil }
            let suggestion =
                translated.map { "did you mean `\($0)`?" }
                ?? Spelling.suggestion(for: entry.key, among: allowed)
                ?? "the keys are \(allowed.joined(separator: ", "))"
            problems.add(at: entry.keyPlace, "unknown key `\(entry.key)` \(owner)", suggestion)
        }
    }
}

/// `a`, `b` or `c`.
func alternatives(_ words: [String]) -> String {
    let quoted = words.map { "`\($0)`" }
    guard quoted.count > 1, let last = quoted.last else { return quoted.first ?? "" }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
}

private func quotedOrKind(_ node: YAMLNode) -> String {
    if node.isNull { return "nothing" }
    return node.scalarText.map { "`\($0)`" } ?? node.kindForPeople
}

extension YAMLNode {
    /// A text; numbers and booleans need quotes to be one.
    func text(_ what: String, _ problems: ProblemList) -> String? {
        switch meaning {
        case .text(let text): return text
        case .ambiguous(let text, let reason):
            problems.add(at: start, "\(what): \(reason)", "write \"\(text)\" if it is meant as text")
        case .boolean, .integer, .number, .wide:
            let text = scalarText ?? ""
            problems.add(
                at: start, "\(what) must be text, not \(kindForPeople)", "write \"\(text)\" if it is meant as text")
        case .null: problems.add(at: start, "\(what) has no value", "give it one, or remove the key")
        case .sequence, .mapping:
            var hint: String?
            if looksLikeBarePlaceholder { hint = "a placeholder in a list or map needs quotes: \"${{ params.x }}\"" }
            problems.add(at: start, "\(what) must be text, not \(kindForPeople)", hint)
        }
        return nil
    }

    /// A text as written: `8080` and `true` are taken as they stand.
    func scalarText(_ what: String, _ problems: ProblemList) -> String? {
        switch meaning {
        case .boolean, .integer, .number, .wide: scalarText
        default: text(what, problems)
        }
    }

    func boolean(_ what: String, _ problems: ProblemList) -> Bool? {
        switch meaning {
        case .boolean(let value): return value
        case .ambiguous(let text, _) where ["yes", "no", "on", "off"].contains(text.lowercased()):
            let meant = ["yes", "on"].contains(text.lowercased())
            problems.add(at: start, "\(what) must be `true` or `false`, not `\(text)`", "write \(meant)")
        default: problems.add(at: start, "\(what) must be `true` or `false`, not \(kindForPeople)")
        }
        return nil
    }

    func integer(_ what: String, in range: ClosedRange<Int>, _ problems: ProblemList) -> Int? {
        guard case .integer(let value) = meaning else {
            problems.add(at: start, "\(what) must be a whole number, not \(kindForPeople)")
            return nil
        }
        guard range.contains(value) else {
            let bound = value < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            problems.add(at: start, "\(what) must be \(bound), not \(value)")
            return nil
        }
        return value
    }

    /// A number in which no digit of a whole one is lost.
    func bound(_ what: String, _ problems: ProblemList) -> NumericBound? {
        switch meaning {
        case .integer(let value): .whole(Int128(value))
        case .wide(let value): .whole(value)
        default: number(what, problems).map { NumericBound($0) }
        }
    }

    func number(_ what: String, _ problems: ProblemList) -> Double? {
        switch meaning {
        case .integer(let value): return Double(value)
        case .wide(let value): return Double(value)
        case .number(let value) where value.isFinite: return value
        default:
            problems.add(at: start, "\(what) must be a number, not \(kindForPeople)")
            return nil
        }
    }

    /// The items of a list; nothing at all counts as an empty one.
    func list(_ what: String, _ problems: ProblemList) -> [YAMLNode]? {
        if let items { return items }
        if isNull { return [] }
        problems.add(at: start, "\(what) must be a list, not \(kindForPeople)", scalarText.map { "write [\($0)]" })
        return nil
    }

    /// A typed value of a parameter, a matrix axis or a list of accepted values.
    func value(_ what: String, _ problems: ProblemList) -> ParameterValue? {
        switch meaning {
        case .text(let text): return .string(text)
        case .integer(let value): return .integer(value)
        case .number(let value) where value.isFinite: return .number(value)
        case .boolean(let value): return .boolean(value)
        default:
            _ = text(what, problems)
            return nil
        }
    }

    /// `{{ x }}` in flow style is a map within a map.
    private var looksLikeBarePlaceholder: Bool {
        guard isFlow, let entries, entries.count == 1 else { return false }
        return entries[0].value.isNull
    }
}
