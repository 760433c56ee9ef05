import Model
import Testing

@testable import Configuration

@Suite("Hostile text")
struct FuzzTests {
    /// Pieces that mean something to YAML, to the shell, or to us.
    static let pieces = [
        ":", " ", "\n", "\t", "-", "- ", "[", "]", "{", "}", ",", "\"", "'", "#", "&a ", "*a", "!", "!!str ", "|", ">",
        "?", "@", "`", "%", "\\",
        "${{", "}}", "${{ params.month }}", "<<: *a", "---\n", "...\n", "\0", "\u{FEFF}", "\u{202E}", "\u{85}", "\r",
        "é", "yes", "null", "~", "0x1",
        "1e999", "99999999999999999999", "..", "/", ".git", "version: 2\n", "run:", "steps:", "tests:", "not_null:",
        "matrix:", "include:",
    ]

    static func mutated(_ text: String, _ random: inout SeededGenerator) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            let length = min(Int.random(in: 1...40, using: &random), bytes.count - position)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(position..<position + length)
            case 1: bytes.insert(contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: position)
            case 2: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 3:
                bytes.insert(
                    contentsOf: bytes[position..<position + length], at: Int.random(in: 0...bytes.count, using: &random)
                )
            case 4:
                bytes.replaceSubrange(
                    position..<position + length, with: Array((pieces.randomElement(using: &random) ?? "").utf8))
            default: bytes.removeLast(length)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "The reader never crashes or hangs, and what it accepts it can resolve, render and read again",
        arguments: [1, 2] as [UInt64])
    func reader(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let clock = ContinuousClock()
        var accepted = 0
        let context = try context()
        for round in 0..<600 {
            let text = Self.mutated(example, &random)
            let start = clock.now
            do throws(ConfigurationError) {
                let configuration = try ConfigurationReader.read(text, file: "headgate.yaml")
                accepted += 1
                _ = ConfigurationRender.trustedPart(of: configuration)
                for source in configuration.sources {
                    #expect(source.path.map { PathRule.violation(in: $0) == nil } ?? true)
                }
                for path in configuration.steps.flatMap({ ($0.inputs ?? []) + $0.outputs }) {
                    #expect(PathRule.violation(in: path) == nil, "seed \(seed), round \(round)")
                }
                let yaml = try ConfigurationRender.text(of: configuration, in: context)
                #expect(try YAMLComposer.compose(yaml, problems: ProblemList(file: "x", text: yaml)) != nil)
            } catch {
                #expect(!error.problems.isEmpty)
                #expect(error.problems.allSatisfy { !$0.message.isEmpty })
                #expect(!error.diagnosis.problem.isEmpty)
            }
            #expect(clock.now - start < .seconds(10), "seed \(seed), round \(round) is slow")
        }
        // Mutations inside comments and texts leave a valid file; most others do not.
        #expect(accepted > 10 && accepted < 500)
    }

    @Test("Random text is refused with a place", arguments: [3] as [UInt64])
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1500 {
            let text = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined()
            let found = problems(in: text)
            #expect(!found.isEmpty && found.allSatisfy { $0.line != nil }, "accepted: \(text)")
            _ = try? LocalLayerReader.read(text, file: "x")  // Refused or not: it must return.
        }
    }

    @Test("A file that is cut off anywhere is never read as another one")
    func cutOff() throws {
        let whole = try read(example)
        let bytes = Array(example.utf8)
        for length in stride(from: 0, to: bytes.count, by: 97) {
            let part = String(decoding: bytes[..<length], as: UTF8.self)
            guard let configuration = try? read(part) else { continue }  // Refused: fine.
            #expect(configuration.steps.count <= whole.steps.count)
        }
    }

    @Test(
        "Long and deep inputs end quickly",
        arguments: [
            String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 100_000),
            "a: " + String(repeating: "&a ", count: 50_000), String(repeating: "? ", count: 100_000),
            String(repeating: "\"\\", count: 100_000),
            "version: 1\nproject: " + String(repeating: "a", count: 1_000_000),
            "version: 1\nparams:\n" + (0..<20_000).map { "  a\($0): 1\n" }.joined(),
            String(repeating: "a: 1\n", count: 20_000), String(repeating: "\n", count: 1_000_000),
            String(repeating: "x", count: 9_000_000),
        ])
    func long(_ text: String) {
        let clock = ContinuousClock()
        #expect(clock.measure { _ = problems(in: text) } < .seconds(30))
    }
}
