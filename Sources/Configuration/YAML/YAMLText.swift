/// Writes scalars so that every YAML reader, 1.1 or 1.2, reads the same text back.
enum YAMLText {
    /// The text plain where that is safe in block style, else in double quotes.
    static func scalar(_ text: String) -> String {
        isPlain(text, inFlow: false) ? text : quoted(text)
    }

    /// The text plain where that is safe inside `[ ]` or `{ }`, else in double quotes.
    static func flowScalar(_ text: String) -> String {
        isPlain(text, inFlow: true) ? text : quoted(text)
    }

    /// The text in double quotes, on one line.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where !isHidden(scalar): result.unicodeScalars.append(scalar)
            case _ where scalar.value < 256: result += "\\x" + hexadecimal(scalar.value, 2)
            default: result += "\\u" + hexadecimal(scalar.value, 4)
            }
        }
        return result + "\""
    }

    /// Whether the text is written as a block: several lines that a block can hold exactly.
    static func isBlock(_ text: String) -> Bool {
        guard text.contains("\n"), let first = text.first, first != "\n", first != " " else { return false }
        guard text.unicodeScalars.allSatisfy({ $0 == "\n" || !isHidden($0) }) else { return false }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let body = text.hasSuffix("\n") ? lines.dropLast() : lines[...]
        return body.last?.isEmpty == false && body.allSatisfy { !$0.hasSuffix(" ") }
    }

    /// Controls, line separators, byte-order marks and bidirectional controls, which are never written as they are.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<32, 127...159, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    static func blockHeader(_ text: String) -> String {
        text.hasSuffix("\n") ? "|" : "|-"
    }

    static func blockLines(_ text: String, indent: Int) -> [String] {
        let body = text.hasSuffix("\n") ? text.dropLast() : text[...]
        return body.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.isEmpty ? "" : String(repeating: " ", count: indent) + line
        }
    }

    /// Whether the text begins with a letter (or `/`, `_`, `./`, `.x`), is no word that some reader takes for something
    /// else, and holds nothing that ends a plain scalar.
    private static func isPlain(_ text: String, inFlow: Bool) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 200 else { return false }
        let second = bytes.count > 1 ? bytes[1] : UInt8(ascii: " ")
        let slash = UInt8(ascii: "/")
        guard
            isLetter(first) || first == slash || first == UInt8(ascii: "_")
                || (first == UInt8(ascii: ".") && (isLetter(second) || second == slash))
        else { return false }
        let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", ".inf", ".nan"]
        guard !words.contains(text.lowercased()) else { return false }
        let allowed = Array((inFlow ? "_.-/@+=*()%" : "_.-/@+=*()%,;'\"<>$&|!?~^[]{}\\").utf8)
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: " ")
            switch byte {
            case UInt8(ascii: ":"): if inFlow || next == UInt8(ascii: " ") { return false }
            case UInt8(ascii: " "): if next == UInt8(ascii: "#") || index + 1 == bytes.count { return false }
            case UInt8(ascii: "#"): if inFlow { return false }
            default: if !isLetter(byte), !(48...57).contains(byte), !allowed.contains(byte) { return false }
            }
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
