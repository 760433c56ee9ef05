import Model
import Testing

@testable import Git

@Suite("Packed references")
struct PackedReferencesTests {
    private static let header = "# pack-refs with: peeled fully-peeled sorted \n"

    /// The lines of references as `git pack-refs` writes them, each tag with its object in a line of its own.
    private func lines(_ count: Int) -> [(name: String, id: String, text: String)] {
        let heads = (0..<count).map { "refs/heads/branch-\(String(1000 + $0))" }
        let tags = (0..<count / 2).map { "refs/tags/v\(String(1000 + $0))" }
        return (heads + tags).enumerated().map { number, name in
            let id = String(repeating: "0", count: 36) + String(0x1000 + number, radix: 16)
            let peeled = name.hasPrefix("refs/tags/") ? "^" + String(repeating: "f", count: 40) + "\n" : ""
            return (name, id, "\(id) \(name)\n\(peeled)")
        }
    }

    @Test("Each is found, and no other, in files of every length", arguments: [0, 1, 2, 3, 8, 101])
    func sorted(count: Int) {
        let all = lines(count)
        let references = PackedReferences(bytes: Array((Self.header + all.map(\.text).joined()).utf8))
        for line in all { #expect(references.value(of: line.name)?.hex == line.id, "\(line.name)") }
        for absent in ["", "refs/heads", "refs/heads/branch-1", "refs/heads/branch-10000", "refs/tags/w", "a", "z"] {
            #expect(references.value(of: absent) == nil, "\(absent)")
        }
        for line in all { #expect(references.hasAny(beneath: String(line.name.dropLast())), "\(line.name)") }
        for absent in ["refs/heads/x", "refs/headgate/", "refs/z", "a", "z"] {
            #expect(!references.hasAny(beneath: absent), "\(absent)")
        }
    }

    @Test("A file that does not promise an order is read to its end")
    func unsorted() {
        let all = lines(20).reversed()
        for header in ["", "# pack-refs with: peeled fully-peeled \n"] {
            let references = PackedReferences(bytes: Array((header + all.map(\.text).joined()).utf8))
            for line in all { #expect(references.value(of: line.name)?.hex == line.id, "\(line.name)") }
            #expect(references.value(of: "refs/heads/absent") == nil)
        }
    }

    @Test("A last line without an end counts")
    func openEnd() {
        let id = String(repeating: "a", count: 40)
        let references = PackedReferences(bytes: Array((Self.header + id + " refs/heads/main").utf8))
        #expect(references.value(of: "refs/heads/main")?.hex == id)
    }
}
