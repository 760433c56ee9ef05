import Model
import Testing

struct SpellingTests {
    @Test(
        "The name that was probably meant, whatever its case; none where nothing is near",
        arguments: [("dep_tiem", "dep_time"), ("DEST", "dest"), ("carier", "carrier"), ("zzz", nil), ("", nil)])
    func findsNearNames(name: String, expected: String?) {
        #expect(Spelling.nearest(to: name, among: ["dep_time", "dest", "carrier"]) == expected)
    }

    @Test(
        "Letters put in, left out, changed and swapped count one each",
        arguments: [
            ("abc", "abc", 0), ("abc", "abxc", 1), ("abc", "ac", 1), ("abc", "abd", 1), ("abc", "acb", 1),
            ("", "abc", 3),
        ])
    func measures(one: String, other: String, distance: Int) {
        #expect(Spelling.distance(one, other) == distance)
        #expect(Spelling.distance(other, one) == distance)
    }
}
