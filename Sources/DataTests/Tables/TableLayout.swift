/// The columns of a table, and how to read them.
struct TableLayout: Sendable {
    struct Column: Hashable, Sendable {
        let name: String
        /// DuckDB's type of the column as it is stored: VARCHAR for all columns of a text file.
        let type: String
        /// The type that statements of users see: for a text file the narrowest one that holds every cell.
        let declaredType: String
    }

    let table: DataTable
    let columns: [Column]
    /// What separates the fields of a text file.
    let delimiter: String
}

/// The header line of a delimited text file.
struct DelimitedHeader: Equatable {
    let delimiter: String
    let names: [String]

    /// Reads the header from the first lines of a file.
    ///
    /// The delimiter is the one of comma, semicolon, tab and bar that makes the most fields, the earlier one where two
    /// make equally many. Unnamed columns become `column0`, …, and a name that came before, whatever its case, gets a
    /// number: DuckDB's own rules.
    ///
    /// - Parameter lines: more than one, because a quoted name may hold line ends.
    /// - Returns: `nil` for an empty file.
    init?(lines: [String], tab: Bool) {
        guard let first = lines.first, !(first.isEmpty && lines.count == 1) else { return nil }
        let text = lines.joined(separator: "\n")
        let candidates = (tab ? ["\t"] : [",", ";", "\t", "|"]).map { ($0, fields(of: text, delimiter: $0)) }
        var best = candidates[0]
        for candidate in candidates.dropFirst() where candidate.1.count > best.1.count { best = candidate }
        delimiter = best.0
        var taken: Set<String> = []
        names = best.1.enumerated().map { index, field in
            let base = field.isEmpty ? "column\(index)" : field
            var name = base
            var number = 1
            while !taken.insert(name.lowercased()).inserted {
                name = "\(base)_\(number)"
                number += 1
            }
            return name
        }
    }
}

/// The fields of the first record of `text`. Source: RFC 4180.
private func fields(of text: String, delimiter: String) -> [String] {
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var isQuoted = false
    var mayClose = false
    loop: for scalar in text.unicodeScalars {
        if isQuoted {
            if mayClose, scalar != "\"" {
                isQuoted = false
            } else {
                if scalar != "\"" || mayClose { field.append(scalar) }
                mayClose = scalar == "\"" && !mayClose
                continue
            }
        }
        switch scalar {
        case "\"" where field.isEmpty:
            isQuoted = true
            mayClose = false
        case "\n": break loop
        case "\r": continue
        case "\u{FEFF}" where fields.isEmpty && field.isEmpty: continue
        case _ where String(scalar) == delimiter:
            fields.append(String(field))
            field = String.UnicodeScalarView()
        default: field.append(scalar)
        }
    }
    return fields + [String(field)]
}
