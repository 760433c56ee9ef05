/// Finds the word that a mistyped one was probably meant to be.
public enum Spelling {
    /// "did you mean `x`?" for the nearest of `candidates`; `nil` where none is near.
    public static func suggestion(for word: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
    }

    /// The candidate with the fewest changes, at most a third of the word's letters; the first in order on a tie.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let lower = Array(word.lowercased().utf8)
        var best: (word: String, distance: Int)?
        for candidate in candidates where candidate.utf8.count <= 64 {
            let other = Array(candidate.lowercased().utf8)
            let allowed = max(1, max(lower.count, other.count) / 3)
            guard abs(lower.count - other.count) <= allowed else { continue }
            let distance = distance(lower, other)
            if distance <= allowed, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// How many bytes must be put in, left out, changed or swapped with a neighbour to make one word of the other.
    ///
    /// Source: Damerau's and Levenshtein's distance, as optimal string alignment.
    public static func distance(_ one: String, _ other: String) -> Int {
        distance(Array(one.utf8), Array(other.utf8))
    }

    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let change = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
