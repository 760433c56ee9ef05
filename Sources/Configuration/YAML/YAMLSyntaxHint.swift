import Model

/// Turns libYAML's complaints into plain hints, by looking at the line they are about.
enum YAMLSyntaxHint {
    /// The message itself: ours where the cause is known, else libYAML's.
    static func message(for problem: String, in text: String, at place: SourceLine) -> String {
        if isTab(in: text, at: place) { return "a tab stands where YAML allows only spaces" }
        return "YAML: " + problem
    }

    /// What to do about it; `nil` when nothing better than the message is known.
    static func hint(for problem: String, in text: String, at place: SourceLine) -> String? {
        let line = line(place.line, of: text)
        if isTab(in: text, at: place) { return "indent with spaces" }
        if text.hasPrefix("<<<<<<< ") || text.contains("\n<<<<<<< ") {
            return "resolve the merge conflict in this file first"
        }
        if hasBarePlaceholderInFlow(line) || hasBarePlaceholderInFlow(Self.line(place.line - 1, of: text)) {
            return "`${{ }}` inside { } or [ ] needs quotes: \"${{ params.x }}\""
        }
        if line.contains("{{"), !line.contains("${{") {
            return "a placeholder is written ${{ name }}, with a dollar sign"
        }
        if problem.contains("mapping values are not allowed") {
            return "text that contains `: ` needs quotes or a block: `run: |` with the command on the next line"
        }
        if problem.contains("did not find expected alphabetic or numeric character") {
            return "text that begins with `*` or `&` needs quotes, such as \"*.csv\""
        }
        if problem.contains("cannot start any token") {
            return "text that begins with `@`, `%` or a backtick needs quotes"
        }
        if problem.contains("found unexpected end of stream") || problem.contains("quoted scalar") {
            return "a quote that opens here is never closed"
        }
        if problem.contains("could not find expected ':'") { return "write `key: value`, with a space after the colon" }
        if problem.contains("did not find expected key") || problem.contains("did not find expected '-' indicator") {
            return "look at the indentation of this line and the one above"
        }
        return nil
    }

    /// Line and column of a byte, counted from 1.
    static func place(ofByte offset: Int, in text: String) -> SourceLine {
        var place = SourceLine(line: 1, column: 1)
        for byte in text.utf8.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                place = SourceLine(line: place.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                place.column += 1
            }
        }
        return place
    }

    static func line(_ number: Int, of text: String) -> String {
        guard number >= 1 else { return "" }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: number, omittingEmptySubsequences: false)
        return lines.count >= number ? String(decoding: lines[number - 1], as: UTF8.self) : ""
    }

    private static func isTab(in text: String, at place: SourceLine) -> Bool {
        let line = line(place.line, of: text).unicodeScalars
        if line.dropFirst(place.column - 1).first == "\t" { return true }
        // libYAML may point behind the indentation that holds the tab.
        return line.prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }

    /// Whether `${{` stands on the line outside quotes after an opening bracket or brace.
    private static func hasBarePlaceholderInFlow(_ line: String) -> Bool {
        var quote: UInt8?
        var depth = 0
        var previous: UInt8 = 0
        for byte in line.utf8 {
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "{"), previous == UInt8(ascii: "$") {
                if depth > 0 { return true }
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth = max(0, depth - 1)
            }
            previous = byte
        }
        return false
    }
}
