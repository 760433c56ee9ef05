import Gate
import Model
import Testing

struct VerdictKeyTests {
    @Test("Every part changes the key", arguments: VerdictKey.Part.allCases.filter { $0 != .format })
    func dependsOn(part: VerdictKey.Part) {
        let base = VerdictKey(parts: [:])
        let other = VerdictKey(parts: [part: "x"])
        #expect(base.hash != other.hash)
        #expect(other.differences(from: base.named) == [part.rawValue])
    }
}
