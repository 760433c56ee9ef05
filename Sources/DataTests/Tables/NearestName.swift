/// The name that `name` was probably meant to be; `nil` where none is near.
func nearest(to name: String, among names: [String]) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
    let allowed = max(1, wanted.count / 3)
    let rated = names.map { ($0, distance(wanted, Array($0.lowercased().unicodeScalars.prefix(64)))) }
    return rated.filter { $0.1 <= allowed }.min { $0.1 < $1.1 }?.0
}

/// The number of letters to insert, remove or replace. Source: Levenshtein's distance, by Wagner and Fischer.
private func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
    var row = Array(0...other.count)
    for (index, scalar) in one.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for (position, second) in other.enumerated() {
            let above = row[position + 1]
            row[position + 1] = min(above + 1, row[position] + 1, diagonal + (scalar == second ? 0 : 1))
            diagonal = above
        }
    }
    return row[other.count]
}
