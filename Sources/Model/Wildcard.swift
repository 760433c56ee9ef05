/// Whether `text` is matched by `pattern`, in which `*` stands for any characters, `/` too.
public func wildcard(_ pattern: String, matches text: String) -> Bool {
    wildcardMatches(Array(pattern.utf8), Array(text.utf8))
}

/// Matches `pattern` against `text` byte by byte, with the last `*` as the only place to go back to.
private func wildcardMatches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    let star = UInt8(ascii: "*")
    var p = 0
    var t = 0
    var retry: (pattern: Int, text: Int)?
    while t < text.count {
        if p < pattern.count, pattern[p] == star {
            retry = (p + 1, t)
            p += 1
        } else if p < pattern.count, pattern[p] == text[t] {
            p += 1
            t += 1
        } else if let last = retry {
            p = last.pattern
            t = last.text + 1
            retry = (last.pattern, last.text + 1)
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == star }
}
