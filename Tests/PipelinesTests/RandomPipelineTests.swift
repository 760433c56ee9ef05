import HostSystem
import Model
import Pipelines
import SystemPackage
import Testing

/// A generator whose sequence is told by its seed. Source: Sebastiano Vigna, `splitmix64.c`.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A random pipeline of a few steps over a few files; what each makes is a function of what it reads.
private struct RandomPipeline {
    var steps: [ResolvedStep] = []

    init(using random: inout SplitMix) {
        var files = ["in/a", "in/b", "in/c"]
        for number in 0..<Int.random(in: 3...9, using: &random) {
            let count = Int.random(in: 1...3, using: &random)
            var inputs = Set(files.shuffled(using: &random).prefix(count))
            if Bool.random(using: &random) { inputs.insert("in/*") }
            if number > 2, Int.random(in: 0..<4, using: &random) == 0 { inputs.insert("dir0") }
            let value = String(Int.random(in: 0..<3, using: &random))
            // Keeping the first lines only makes outputs often equal although inputs differ.
            let read = inputs.sorted().map { $0 == "dir0" ? "dir0/x dir0/y" : $0 }.joined(separator: " ")
            let make = "cat \(read) | sort -u | head -\(Int.random(in: 1...4, using: &random))"
            if number == 0 {
                steps.append(
                    step(
                        "s0", "mkdir -p dir0; \(make) > dir0/x; echo \(value) > dir0/y", inputs: inputs.sorted(),
                        outputs: ["dir0"], values: ["params.v": value]))
                files.append("dir0/x")
            } else {
                let output = "out/\(number).txt"
                steps.append(
                    step(
                        "s\(number)", "{ \(make); echo \(value); } > \(output)", inputs: inputs.sorted(),
                        outputs: [output], values: ["params.v": value]))
                files.append(output)
            }
        }
        steps.shuffle(using: &random)
    }
}

@Suite("Random pipelines", .serialized)
struct RandomPipelineTests {
    @Test("Whatever changed, a run makes what a run from scratch makes", arguments: 0..<4)
    func agreesWithScratch(round: Int) async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("random pipeline, seed \(seed)")
        var random = SplitMix(state: seed)
        let project = try await TestProject()
        var pipeline = RandomPipeline(using: &random)
        for name in ["a", "b", "c"] { try project.write("in/\(name)", "\(name)\n") }
        for change in 0..<6 {
            let report = try await project.run(pipeline.steps)
            #expect(report.succeeded, "seed \(seed), change \(change): \(report.summary)")
            let scratch = try await TestProject()
            _ = try await CommandRunner().run(
                Invocation(
                    "cp", ["-r", project.workspace.appending("in").string, scratch.workspace.string],
                    variables: TestProject.variables))
            #expect(try await scratch.run(pipeline.steps).steps.allSatisfy { $0.state == .ran })
            let difference = try await CommandRunner().run(
                Invocation(
                    "diff", ["-r", project.workspace.string, scratch.workspace.string], variables: TestProject.variables
                ))
            #expect(difference.termination == .exited(0), "seed \(seed), change \(change): \(difference.outputText)")
            #expect(report.steps.map(\.outputs) == (try await scratch.run(pipeline.steps)).steps.map(\.outputs))
            let planned = try await project.plan(pipeline.steps)
            #expect(planned.allSatisfy { $0.action == .upToDate }, "seed \(seed), change \(change): \(planned)")
            try await disturb(project, &pipeline, using: &random)
            // A plan never promises less work than a run does.
            let plan = try await project.plan(pipeline.steps)
            let next = try await project.run(pipeline.steps)
            for (planned, done) in zip(plan, next.steps) where planned.action == .upToDate {
                #expect(done.state == .upToDate, "seed \(seed), change \(change): \(done)")
            }
        }
    }

    private func disturb(_ project: TestProject, _ pipeline: inout RandomPipeline, using random: inout SplitMix)
        async throws
    {
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            try project.write(
                "in/\(["a", "b", "c", "d"].randomElement(using: &random) ?? "a")",
                "\(Int.random(in: 0..<3, using: &random))\n")
        case 1: try project.write("out/\(Int.random(in: 1..<9, using: &random)).txt", "overwritten")
        case 2: try FileSystem.removeTree(project.workspace.appending("dir0"), within: project.workspace)
        case 3: pipeline = RandomPipeline(using: &random)
        case 4: try FileSystem.removeTree(project.cache, within: project.directory.path)
        default:
            let index = Int.random(in: 0..<pipeline.steps.count, using: &random)
            pipeline.steps[index].commandTemplate += " # changed"
            pipeline.steps[index].command += " # changed"
        }
        // Steps that are gone leave their outputs, which a run from scratch does not have.
        try FileSystem.removeTree(project.workspace.appending("out"), within: project.workspace)
    }
}
