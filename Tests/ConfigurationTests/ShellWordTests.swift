import Foundation
import Model
import Testing

@testable import Configuration

@Suite("Values in commands")
struct ShellWordTests {
    static let outside: [String] = [
        "x V", "x --a=V", "x 'q' V", "x \"q\" V", "x # it's\ny V", "(x V)", "x $(y V)", "a && V", "x \\' V", "x <<< V",
        "x \"a'b\" V", "x \"${y}\" V", "x $# V", "x a#'b' V", "case $x in a) y V;; esac", "x \"$(y \"z\")\" V",
    ]

    static let inside: [String] = [
        "x 'V'", "x \"V\"", "x \"a 'V'\"", "x `V`", "x `y` V", "x <<E\nV\nE", "x # V", "x $((V + 1))", "x ${y:-V}",
        "x \"$(y V)\"", "x \"$(y \"V\")\"", "x \\V", "x $V", "x $'a' V", "x \"$( (a) ; b \"V\")\"",
        "x \"$(case a in a) y \"V\";; esac)\"", "x ${y:-\"z\"} V", "x $[1+V]", "x $(( (1) + V ))", "x << V",
    ]

    private func fill(_ text: String, _ value: String, shell: [String] = ["bash", "-c"]) throws -> String {
        let scope = ValueScope(values: ["params.v": .text(value)], shell: shell)
        return try scope.script(Template(text.replacing("V", with: "${{ params.v }}")))
    }

    @Test("Outside quotes a value is one quoted word", arguments: outside)
    func isOutside(_ text: String) throws {
        #expect(try fill(text, "a b") == text.replacing("V", with: "'a b'"))
        #expect(try fill(text, "it's") == text.replacing("V", with: #"'it'\''s'"#))
    }

    @Test("Inside quotes, and where one cannot be sure, only a plain value goes in", arguments: inside)
    func isInside(_ text: String) throws {
        #expect(try fill(text, "2013-01.csv") == text.replacing("V", with: "2013-01.csv"))
        #expect(throws: ValueScope.Failure.self) { try fill(text, "a b") }
        #expect(throws: ValueScope.Failure.self) { try fill(text, "$(id)") }
    }

    @Test(
        "An unknown shell takes plain values only",
        arguments: [["python", "-c"], ["fish", "-c"], ["bash", "-ic"], ["bash"], ["zsh", "-c"]])
    func unknownShell(_ shell: [String]) throws {
        #expect(try fill("x V", "a", shell: shell) == "x a")
        #expect(throws: ValueScope.Failure.self) { try fill("x V", "a b", shell: shell) }
    }

    /// Random scripts out of pieces of shell syntax, run by real shells with hostile values: a value that is ever read
    /// as script creates the canary.
    @Test("No value is ever run, whatever stands around it", arguments: ["bash", "dash"])
    func hostile(_ shell: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "shell-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A leftover folder in /tmp harms nobody.
        let pieces = [
            "'", "\"", "\\", "`", "$(", ")", "(", "${x", "${x:-", "}", "#", " #", "\n", ";", "<<E\n", "\nE\n", "<<<",
            "$",
            "$'", "$((", "))", "case a in a) ", ";; esac", "echo ", " ", "V", "V", "V", " V ", "\"V\"", "'V'", "&&",
            "|", "{ ", "; }",
        ]
        let values = [
            ": $(>canary)", "';>canary;'", "\";>canary;\"", "`>canary`", "\n>canary\n", "\\';>canary;'",
            "'\"';>canary;#", ")>canary;(",
            "'$(>canary)'", "}>canary;{", "\nE\n>canary\n",
        ]
        var random = SeededGenerator(seed: 7)
        var ran = 0
        var script = ""
        for _ in 0..<4000 {
            let text = (0..<Int.random(in: 1...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }.joined()
            guard text.contains("V"), let value = values.randomElement(using: &random) else { continue }
            guard let filled = try? fill("echo " + text, value, shell: [shell, "-c"]) else { continue }  // Refused: fine.
            ran += 1
            // Each script runs in a shell of its own, so that a syntax error ends only that one.
            script +=
                "\(shell) -c \(ShellWord.quoted(filled)) </dev/null >/dev/null 2>&1; [ ! -e canary ] || { printf '%s\\n' \(ShellWord.quoted(filled)); rm -f canary; }\n"
        }
        #expect(ran > 300)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let file = folder.appending(path: "all.sh")
        try script.write(to: file, atomically: true, encoding: .utf8)
        process.arguments = [file.path()]
        process.currentDirectoryURL = folder
        process.environment = ["PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let found = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(found.isEmpty)
    }
}

/// SplitMix64, so that a failing run can be repeated. Source: prng.di.unimi.it/splitmix64.c.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
