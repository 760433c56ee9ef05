import TestSupport
import Testing

/// What `status` says of the gate is what `verify` and `merge` say.
@Suite("The gate in status")
struct StatusGateTests {
    private func gate(_ playground: Playground) async throws -> String {
        let lines = try await playground.done("status").split(separator: "\n", omittingEmptySubsequences: false)
        let first = try #require(lines.firstIndex { $0.hasPrefix("  gate ") })
        return lines[first...].prefix { $0.hasPrefix("  gate ") || $0.hasPrefix("        ") }
            .map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " / ")
    }

    @Test("It speaks of main on main, and of the branch's landing on a branch")
    func words() async throws {
        let playground = try await Playground()
        try await playground.branch("one", ["note.txt": "4,dan\n"])
        try await playground.branch("two", ["note.txt": "5,eve\n", "more.txt": ""])
        #expect(try await gate(playground) == "gate main: no verdict")
        // Judged, then landed by the verdict that stood already, though the commit is another one.
        try await playground.done("merge", "one", "--dry-run")
        try await playground.git("switch", "--quiet", "one")
        #expect(try await gate(playground) == "gate one into main: pass")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("merge", "one")
        #expect(try await gate(playground) == "gate main: pass")
        try await playground.done("verify", "main")
        // Judging another branch says nothing about main.
        _ = try await playground.headgate("merge", "two", "--dry-run")
        #expect(try await gate(playground) == "gate main: pass")
        try await playground.git("switch", "--quiet", "-c", "new")
        #expect(try await gate(playground) == "gate new into main: nothing to land / main has all of new already")
        try await playground.git("switch", "--quiet", "one")
        #expect(try await gate(playground) == "gate one into main: pass / landed on main")
    }
}
