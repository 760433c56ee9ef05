/// A text with placeholders, taken apart.
///
/// `${{ name }}` holds one name, nothing more. Source: design, "Values".
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
            where bytes[i] == UInt8(ascii: "$") && bytes[i + 1] == UInt8(ascii: "{") && bytes[i + 2] == UInt8(ascii: "{") {
                return true
            }
            return false
        }
    }

    private static func split(_ text: String) -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "${{") {
            if open.lowerBound > rest.startIndex { parts.append(.literal(rest[..<open.lowerBound])) }
            let inside = rest[open.upperBound...]
            guard let close = inside.firstRange(of: "}}") else {
                parts.append(.malformed(rest[open.lowerBound...].prefix(60)))
                return parts
            }
            let written = rest[open.lowerBound..<close.upperBound]
            if let reference = reference(inside[..<close.lowerBound]) {
                parts.append(.placeholder(reference, written: written))
            } else {
                parts.append(.malformed(written.prefix(60)))
            }
            rest = inside[close.upperBound...]
        }
        if !rest.isEmpty { parts.append(.literal(rest)) }
        return parts
    }

    private static func reference(_ text: Substring) -> Reference? {
        let trimmed = text.drop { $0 == " " }
        let name = trimmed.prefix { $0 != " " }
        guard trimmed.dropFirst(name.count).allSatisfy({ $0 == " " }) else { return nil }
        let pieces = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard pieces.count == 2, NameRule.isIdentifier(String(pieces[0])), NameRule.isPlainName(String(pieces[1])) else {
            return nil
        }
        return Reference(namespace: String(pieces[0]), name: String(pieces[1]))
    }
}
