/// A text with placeholders, taken apart.
///
/// `${{ name }}` holds one name, nothing more: no expression, no default, no nesting.
struct Template {
    enum Part: Equatable {
        case literal(Substring)
        case placeholder(Reference, written: Substring)
        /// `${{` that is not followed by one name and `}}`.
        case malformed(Substring)
    }

    /// One name, such as `params.month`.
    struct Reference: Hashable {
        /// `params`, `matrix`, `branch`, …
        var namespace: String
        var name: String
        var text: String { namespace + "." + name }
    }

    /// In the order of the text; literals are never empty.
    let parts: [Part]

    init(_ text: String) {
        parts = Template.hasPlaceholder(text) ? Template.split(text) : text.isEmpty ? [] : [.literal(text[...])]
    }

    var references: [(reference: Reference, written: Substring)] {
        parts.compactMap { if case .placeholder(let reference, let written) = $0 { (reference, written) } else { nil } }
    }

    /// The reference, when the whole text is exactly one placeholder.
    var soleReference: Reference? {
        if parts.count == 1, case .placeholder(let reference, _) = parts[0] { reference } else { nil }
    }

    /// Whether `text` holds `${{`.
    static func hasPlaceholder(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count >= 3 else { return false }
            for i in 0..<(bytes.count - 2)
            where bytes[i] == UInt8(ascii: "$") && bytes[i + 1] == UInt8(ascii: "{")
                && bytes[i + 2] == UInt8(ascii: "{")
            {
                return true
            }
            return false
        }
    }

    /// Works on bytes: every mark is ASCII, so each cut falls between characters of the text.
    private static func split(_ text: String) -> [Part] {
        var parts: [Part] = []
        let bytes = text.utf8
        var literal = bytes.startIndex
        var position = bytes.startIndex
        while let open = index(of: "${{", in: bytes[position...]) {
            if open > literal { parts.append(.literal(text[literal..<open])) }
            let inside = bytes.index(open, offsetBy: 3)
            guard let close = index(of: "}}", in: bytes[inside...]) else {
                parts.append(.malformed(text[open...].prefix(60)))
                return parts
            }
            let end = bytes.index(close, offsetBy: 2)
            if let reference = reference(text[inside..<close]) {
                parts.append(.placeholder(reference, written: text[open..<end]))
            } else {
                parts.append(.malformed(text[open..<end].prefix(60)))
            }
            (literal, position) = (end, end)
        }
        if literal < bytes.endIndex { parts.append(.literal(text[literal...])) }
        return parts
    }

    private static func index(of mark: StaticString, in bytes: Substring.UTF8View) -> String.Index? {
        let mark = UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount)
        var rest = bytes
        while let start = rest.firstIndex(of: mark[0]) {
            rest = rest[start...]
            if rest.starts(with: mark) { return start }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func reference(_ text: Substring) -> Reference? {
        let space = UInt8(ascii: " ")
        let trimmed = text.utf8.drop { $0 == space }
        let name = trimmed.prefix { $0 != space }
        guard trimmed.dropFirst(name.count).allSatisfy({ $0 == space }),
            let dot = name.firstIndex(of: UInt8(ascii: "."))
        else {
            return nil
        }
        let (first, second) = (String(Substring(name[..<dot])), String(Substring(name[name.index(after: dot)...])))
        guard NameRule.isIdentifier(first), NameRule.isPlainName(second) else { return nil }
        return Reference(namespace: first, name: second)
    }
}
