/// Puts foreign text into SQL such that it stays what it is.
///
/// Works on Unicode scalars: to Swift's characters a quote with a combining accent behind it is no quote any more.
enum SQLText {
    /// A quoted identifier.
    static func identifier(_ name: String) -> String {
        var text = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" { text.unicodeScalars.append(scalar) }
            text.unicodeScalars.append(scalar == "\0" ? "\u{FFFD}" : scalar)
        }
        return text + "\""
    }

    /// A string literal on one line.
    ///
    /// Quotes are doubled, never escaped: DuckDB's shell, which splits statements, does not know `\'`. A line end is
    /// escaped: a line of its own could be read as a command of the shell. NUL, which the shell takes for the end of
    /// its input, becomes U+FFFD.
    static func literal(_ value: String) -> String {
        var text = "E'"
        for scalar in value.unicodeScalars {
            switch scalar {
            case "'": text += "''"
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\0": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "'"
    }

    static func list(_ values: [String]) -> String {
        "[" + values.map(literal).joined(separator: ", ") + "]"
    }

    /// A `FROM` item with the rows of `query`, which DuckDB itself refuses unless it is one SELECT statement.
    ///
    /// Everything written by a user goes through here: whatever parentheses or semicolons it holds, it cannot become
    /// a COPY, an ATTACH or a second statement.
    static func selection(_ query: String) -> String {
        "query(\(literal(query)))"
    }

    /// A whole number as a literal of the type HUGEINT.
    static func whole(_ value: Int128) -> String {
        "CAST('\(value)' AS HUGEINT)"
    }

    /// A number as a literal of the type DOUBLE.
    static func number(_ value: Double) -> String {
        "CAST('\(value)' AS DOUBLE)"
    }
}
