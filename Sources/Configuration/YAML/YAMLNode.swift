import Model

/// A piece of a YAML document with its place in the file.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar(String, YAMLScalarStyle)
        case sequence([YAMLNode])
        /// In the order of the file; keys are different texts.
        case mapping([YAMLEntry])
    }

    var content: Content
    /// The first character.
    var start: SourceLine
    /// The place after the last character; for block collections the start of whatever comes next.
    var end: SourceLine
    /// Written with `[ ]` or `{ }`.
    var isFlow = false
}

struct YAMLEntry: Sendable {
    var key: String
    var keyPlace: SourceLine
    var value: YAMLNode
}

enum YAMLScalarStyle: Sendable {
    case plain, singleQuoted, doubleQuoted, literal, folded
}

extension YAMLNode {
    /// What a plain scalar means; quoted and block scalars are always text.
    enum Meaning {
        case null
        case boolean(Bool)
        case integer(Int)
        case number(Double)
        /// A whole number that does not fit in 64 bits.
        case wide(Int128)
        case text(String)
        /// A plain scalar that YAML readers disagree about, with the reason.
        case ambiguous(String, because: String)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    var meaning: Meaning {
        switch content {
        case .sequence(let items): .sequence(items)
        case .mapping(let entries): .mapping(entries)
        case .scalar(let text, .plain): plainMeaning(text)
        case .scalar(let text, _): .text(text)
        }
    }

    var entries: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    var items: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    var scalarText: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    var isNull: Bool {
        if case .scalar(let text, .plain) = content { nullWords.contains(text) } else { false }
    }

    subscript(key: String) -> YAMLNode? {
        entries?.first { $0.key == key }?.value
    }

    /// What the node is, for "expected …, found …".
    var kindForPeople: String {
        switch meaning {
        case .null: "nothing"
        case .boolean(let value): "the boolean `\(value)`"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .wide(let value): "the number \(value), which does not fit in 64 bits"
        case .text, .ambiguous: "text"
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }
}

private let nullWords: Set<String> = ["", "~", "null", "Null", "NULL"]
private let trueWords: Set<String> = ["true", "True", "TRUE"]
private let falseWords: Set<String> = ["false", "False", "FALSE"]
private let legacyBooleans: Set<String> = ["yes", "no", "on", "off"]

/// Reads a plain scalar by the core schema of YAML 1.2; what 1.1 reads otherwise is ambiguous, not guessed.
///
/// Source: yaml.org/spec/1.2.2, section 10.3, and yaml.org/type for 1.1.
private func plainMeaning(_ text: String) -> YAMLNode.Meaning {
    guard let first = text.utf8.first else { return .null }
    if text.utf8.count <= 5 {
        if nullWords.contains(text) { return .null }
        if trueWords.contains(text) { return .boolean(true) }
        if falseWords.contains(text) { return .boolean(false) }
        if legacyBooleans.contains(text.lowercased()) {
            return .ambiguous(text, because: "`\(text)` is a boolean to YAML 1.1 and text to YAML 1.2")
        }
    }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard
        digits.contains(first) || first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: ".")
    else { return .text(text) }
    let unsigned = first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...]
    if !unsigned.isEmpty, unsigned.allSatisfy(digits.contains) {
        if unsigned.count > 1, unsigned.first == UInt8(ascii: "0") {
            return .ambiguous(text, because: "`\(text)` is an octal number to YAML 1.1 and a decimal one to YAML 1.2")
        }
        if let value = Int(text) { return .integer(value) }
        if let value = Int128(text) { return .wide(value) }
        return .ambiguous(text, because: "`\(text)` does not fit in 128 bits")
    }
    return isDecimal(unsigned) ? Double(text).map { .number($0) } ?? .text(text) : .text(text)
}

/// Whether `text` is `1.5`, `.5`, `1.`, `1e9`, `1.5e-3`: at least one digit, at most one point, then an exponent.
private func isDecimal(_ text: Substring.UTF8View) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var rest = text
    func dropDigits() -> Int {
        let before = rest.count
        rest = rest.drop(while: digits.contains)
        return before - rest.count
    }
    var count = dropDigits()
    if rest.first == UInt8(ascii: ".") {
        rest = rest.dropFirst()
        count += dropDigits()
    }
    guard count > 0 else { return false }
    guard let mark = rest.first else { return true }
    guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    return dropDigits() > 0 && rest.isEmpty
}
