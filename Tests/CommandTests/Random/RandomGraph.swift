import TestSupport

/// A random pipeline over a few small files, as `headgate.yaml` says it and as a test can reckon it.
///
/// What a step makes is a function of what it reads. Most steps keep only a few lines of it, so that what they make is
/// often equal although what they read is not.
struct RandomGraph {
    /// One thing that a step reads.
    enum Read: Hashable {
        /// Beneath `in/`.
        case file(String)
        /// All that lies in a directory.
        case directory(String)
        case pattern(String)
        /// What the step of that number makes, in all its combinations.
        case step(Int)
    }

    enum Kind { case file, directory, nothing }

    struct Step {
        var name: String
        /// The values of `seed`; empty for a step that is one.
        var seeds: [Int] = []
        var excluded: Int?
        var parameter: String?
        var reads: [Read] = []
        /// By number; what they make is read as well where no inputs are declared.
        var needs: [Int] = []
        var kept = 3
        var kind = Kind.file
        var declaresInputs = true
        /// Changes the command and nothing else.
        var remark = 0

        var combinations: [Int?] { seeds.isEmpty ? [nil] : seeds.filter { $0 != excluded } }
        func id(_ seed: Int?) -> String { seed.map { "\(name)[seed=\($0)]" } ?? name }

        func output(_ seed: String?) -> String? {
            let end = seed.map { "-" + $0 } ?? ""
            return switch kind {
            case .file: "out/\(name)\(end).txt"
            case .directory: "dirs/\(name)\(end)"
            case .nothing: nil
            }
        }
    }

    var steps: [Step] = []
    var parameters = ["p0": 0, "p1": 0]

    static let files = ["a", "b", "c", "d"]
    static let directories = ["tree", "deep/down"]

    init(using random: inout SeededGenerator) {
        for number in 0..<Int.random(in: 4...9, using: &random) {
            steps.append(RandomGraph.step(number, after: steps, using: &random))
        }
    }

    private static func step(_ number: Int, after others: [Step], using random: inout SeededGenerator) -> Step {
        func chance(_ parts: Int) -> Bool { Int.random(in: 0..<parts, using: &random) == 0 }
        var step = Step(name: "s\(number)")
        step.kept = Int.random(in: 1...5, using: &random)
        step.kind = chance(4) ? .directory : chance(8) ? .nothing : .file
        if chance(3) {
            step.seeds = Array(1...Int.random(in: 2...3, using: &random))
            if chance(2) { step.excluded = 2 }
        }
        if chance(2) { step.parameter = chance(2) ? "p0" : "p1" }
        var reads: Set<Read> = [.file(files.randomElement(using: &random) ?? "a")]
        if step.kind == .directory { reads.insert(.file("a")) }
        if chance(3) { reads.insert(.directory(directories.randomElement(using: &random) ?? "tree")) }
        if chance(3) { reads.insert(.pattern("extra/*.csv")) }
        let made = others.indices.filter { others[$0].kind != .nothing }
        for _ in 0..<2 {
            if let other = made.randomElement(using: &random), !chance(3) { reads.insert(.step(other)) }
        }
        step.reads = reads.sorted { "\($0)" < "\($1)" }
        if chance(6) {
            step.declaresInputs = false
            step.needs = step.reads.compactMap { if case .step(let other) = $0 { other } else { nil } }
        } else if let other = others.indices.randomElement(using: &random), chance(4) {
            step.needs = [other]
        }
        return step
    }

    // MARK: - As headgate.yaml

    var configuration: String {
        var lines = ["version: 1", "project: random", "environments:", "  - match: \"*\"", "params:"]
        lines += parameters.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        lines.append("steps:")
        for step in steps {
            lines.append("  \(step.name):")
            if !step.seeds.isEmpty {
                let exclude = step.excluded.map { ", exclude: [{seed: \($0)}]" } ?? ""
                lines.append("    matrix: {seed: \(step.seeds)\(exclude)}")
            }
            if !step.needs.isEmpty { lines.append("    needs: \(step.needs.map { steps[$0].name })") }
            if step.declaresInputs { lines.append("    inputs: \(step.reads.flatMap(declared))") }
            if let output = step.output(step.seeds.isEmpty ? nil : "${{ matrix.seed }}") {
                lines.append("    outputs: [\"\(output)\"]")
            }
            lines.append("    run: |")
            let value = step.parameter.map { "${{ params.\($0) }}" }
            lines += command(of: step, seed: step.seeds.isEmpty ? nil : "${{ matrix.seed }}", value: value)
                .map { "      " + $0 }
        }
        return lines.joined(separator: "\n").replacing("\\\"", with: "\"") + "\n"
    }

    private func declared(_ read: Read) -> [String] {
        switch read {
        case .file(let name): ["in/\(name)"]
        case .directory(let name): [name]
        case .pattern(let pattern): [pattern]
        case .step(let number):
            // One pattern for the files of a matrix, one by one for directories.
            if steps[number].kind == .file, !steps[number].seeds.isEmpty {
                ["out/\(steps[number].name)-*.txt"]
            } else {
                outputs(of: steps[number])
            }
        }
    }

    private func outputs(of step: Step) -> [String] {
        step.combinations.compactMap { step.output($0.map(String.init)) }
    }

    private func command(of step: Step, seed: String?, value: String?) -> [String] {
        let read = step.reads.map { read in
            switch read {
            case .file(let name): "cat in/\(name); test ! -x in/\(name) || echo executable"
            case .directory(let name): "find \(name) -type f; find \(name) -type f -exec cat {} +"
            case .pattern(let pattern): "cat \(pattern)"
            case .step(let number) where steps[number].kind == .directory:
                outputs(of: steps[number]).map { "cat \($0)/x \($0)/sub/y" }.joined(separator: "; ")
            case .step(let number): "cat \(outputs(of: steps[number]).joined(separator: " "))"
            }
        }
        let words = [value, seed].compactMap { $0.map { "echo \($0)" } }
        let make =
            "{ { \(read.joined(separator: "; ")); } | LC_ALL=C sort -u | tail -n \(step.kept); "
            + (words + ["true"]).joined(separator: "; ") + "; }"
        let remark = step.remark == 0 ? [] : ["# remark \(step.remark)"]
        switch (step.kind, step.output(seed)) {
        case (.directory, let output?):
            return remark + [
                "mkdir -p \(output)/sub", "\(make) > \(output)/x", "cp in/a \(output)/sub/y; ln -s x \(output)/z",
            ]
        case (_, let output?): return remark + ["\(make) > \(output)"]
        case (_, nil): return remark + ["\(make) > /dev/null"]
        }
    }

    // MARK: - As a test reckons it

    /// One step of the expanded pipeline.
    struct Instance {
        var id: String
        /// With all values in their places.
        var command: String
        /// What it reads: paths of files and directories, and patterns.
        var reads: [String]
        var declaresInputs: Bool
        var output: String?
    }

    func instances(_ overrides: [String: Int] = [:]) -> [Instance] {
        let values = parameters.merging(overrides) { $1 }
        return steps.flatMap { step in
            step.combinations.map { seed in
                let value = step.parameter.map { String(values[$0] ?? 0) }
                let text = seed.map(String.init)
                return Instance(
                    id: step.id(seed), command: command(of: step, seed: text, value: value).joined(separator: "\n"),
                    reads: step.reads.flatMap(declared), declaresInputs: step.declaresInputs, output: step.output(text))
            }
        }
    }
}
