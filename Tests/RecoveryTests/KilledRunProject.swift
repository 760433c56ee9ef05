import FoundationEssentials
import HostSystem
import Model
import SystemPackage
import TestSupport

/// A project whose steps write piece by piece, leave children behind and ignore signals.
final class KilledRunProject {
    private let repository: TemporaryRepository
    private let program: ProgramUnderTest
    /// How long an undisturbed run takes, in seconds.
    private let seconds: Double

    init() async throws {
        repository = try await TemporaryRepository()
        program = try ProgramUnderTest(variables: repository.variables)
        try await repository.commit(
            ["headgate.yaml": configuration, ".gitignore": "out/\n", "factor.txt": "first\n"], message: "Adopt")
        let first = try await program.run(["run", "--jobs", "3"], in: repository.path)
        guard first.status == 0 else { throw TrialFailed("the pipeline fails by itself: \(first.errorOutput)") }
        seconds = first.seconds
    }

    struct Outcome {
        var problems: [String] = []
        /// Whether the signal came before the run was through.
        var wasEnded = false
    }

    /// Changes the input, ends a run, looks at what is left, and runs again.
    ///
    /// - Parameters:
    ///   - part: when to end it, as a part of the time that a run takes.
    ///   - looksFirst: whether `plan` is asked before the next run.
    func trial(_ number: Int, signal: String, at part: Double, looksFirst: Bool) async throws -> Outcome {
        var outcome = Outcome()
        try repository.write("factor.txt", "factor \(number)\n")
        let expected = try await reference()
        let mark = "killed-\(number)-\(CurrentProcess.identifier)"
        let ended = try await run(endedBy: signal, after: part * seconds, mark: mark)
        let status = Int32(ended.outputText.split(separator: "\n").last ?? "") ?? -1
        let meant: [String: Int32] = ["KILL": 137, "INT": 130, "TERM": 143]
        outcome.wasEnded = status != 0
        if status != 0, status != meant[signal] {
            outcome.problems.append("it ended with \(status): \(ended.outputText)\(ended.errorText)")
        }
        var left = try await survivors(mark, mayTakeAMoment: signal == "KILL")
        if signal == "KILL", !left.isEmpty {
            // A sandbox that was only being set up is ended by the next command.
            _ = try await program.run(["status"], in: repository.path)
            left = try await survivors(mark, mayTakeAMoment: true)
        }
        outcome.problems += left
        if looksFirst { outcome.problems += try await halfOutputs(expected) }
        let again = try await program.run(["run", "--jobs", "3"], in: repository.path)
        if again.status != 0 {
            outcome.problems.append("the next run ended with \(again.status): \(again.errorOutput)")
        }
        let made = try contents(repository.path.appending("out"))
        for name in Set(made.keys).union(expected.keys).sorted() where made[name] != expected[name] {
            outcome.problems.append("out/\(name) is \(made[name] ?? "missing"), not \(expected[name] ?? "missing")")
        }
        let status2 = try await repository.git("status", "--porcelain", "--ignored")
        let known = ["!! out/", "!! .headgate/"]
        let strangers = status2.split(separator: "\n").filter {
            !$0.hasSuffix(" factor.txt") && !known.contains(String($0))
        }
        let own = try FileSystem.list(repository.path.appending(".headgate")).map(\.string)
        if own != ["environment"] { outcome.problems.append("left in .headgate: \(own)") }
        if !strangers.isEmpty { outcome.problems.append("left in the workspace: \(strangers)") }
        return outcome
    }

    /// Runs `headgate run`, sends one signal to it alone, and prints how it ended.
    private func run(endedBy signal: String, after delay: Double, mark: String) async throws -> CommandResult {
        // Without job control a shell starts what runs beside it with SIGINT ignored.
        let script =
            #"set -m; "$2" run --jobs 3 & p=$!; sleep "$1"; kill -s "$3" $p 2>/dev/null; wait $p; echo; echo $?"#
        var variables = repository.variables
        // Steps inherit it, so that what is left of them can be found.
        variables["TERM"] = mark
        let text = script.replacing("echo; echo $?", with: "status=$?; echo; echo $status")
        return try await CommandRunner().run(
            Invocation(
                "bash", ["-c", text, "bash", "\(delay)", program.executable.string, signal], variables: variables,
                directory: repository.path, timeLimit: TimeSpan(seconds: 60)))
    }

    /// The processes of the run that still live; after SIGKILL the kernel may need a moment to end them.
    private func survivors(_ mark: String, mayTakeAMoment: Bool) async throws -> [String] {
        var left = RunningProcess.withVariable("TERM", mark)
        for _ in 0..<50 where !left.isEmpty && mayTakeAMoment {
            try await Task.sleep(for: .milliseconds(20))
            left = RunningProcess.withVariable("TERM", mark)
        }
        return left.map { "process \($0.identifier) survived: \($0.command)" }
    }

    /// Outputs that `plan` calls up to date and that are not what an undisturbed run makes.
    private func halfOutputs(_ expected: [String: String]) async throws -> [String] {
        struct Plan: Decodable {
            struct Step: Decodable {
                let id: String
                let action: String
            }
            let steps: [Step]
        }
        let made = try contents(repository.path.appending("out"))
        let answer = try await program.run(["plan", "--json"], in: repository.path)
        guard answer.status == 0 || answer.status == 10 else {
            return ["plan ended with \(answer.status): \(answer.errorOutput)"]
        }
        let plan = try JSONDecoder().decode(Plan.self, from: Data(answer.output.utf8))
        var problems: [String] = []
        for step in plan.steps where step.action == "up-to-date" {
            for name in expected.keys where name == step.id + ".txt" || name.hasPrefix(step.id + "/") {
                if made[name] != expected[name] {
                    problems.append("`\(step.id)` counts as done, and out/\(name) is not whole")
                }
            }
        }
        return problems
    }

    /// What the steps make when nobody disturbs them, by path beneath `out`.
    private func reference() async throws -> [String: String] {
        let place = repository.directory.path("reference")
        try FileSystem.removeTree(place, within: repository.directory.path)
        try FileSystem.makeDirectories(place.appending("out"))
        try FileSystem.replace(
            place.appending("factor.txt"), withText: FileSystem.readText(repository.path.appending("factor.txt")))
        let script = "pause() { :; }; nap() { :; }\n" + commands.map(\.run).joined(separator: "\n")
        let result = try await CommandRunner().run(
            Invocation("bash", ["-eo", "pipefail", "-c", script], variables: repository.variables, directory: place))
        guard result.succeeded else { throw TrialFailed("the steps fail by themselves: \(result.errorText)") }
        return try contents(place.appending("out"))
    }

    /// Files by path, with what they hold; links with where they lead.
    private func contents(_ folder: FilePath, beneath prefix: String = "") throws -> [String: String] {
        guard FileSystem.exists(folder) else { return [:] }
        var found: [String: String] = [:]
        for name in try FileSystem.list(folder) {
            let path = folder.appending(name)
            let status = try FileSystem.requireStatus(path)
            switch status.kind {
            case .directory: found.merge(try contents(path, beneath: prefix + name.string + "/")) { $1 }
            case .symbolicLink: found[prefix + name.string] = "-> \(try FileSystem.readLink(path))"
            default:
                let mode = status.mode & 0o100 == 0 ? "" : "executable "
                found[prefix + name.string] = mode + (try FileSystem.readText(path))
            }
        }
        return found
    }
}

/// Each step's name is that of its output; what `pause` and `nap` are for a step, `reference` leaves out.
private let commands: [(name: String, run: String, inputs: String, output: String)] = [
    ("a", "for i in 1 2 3 4; do cat factor.txt; echo $i; pause; done > out/a.txt", "factor.txt", "out/a.txt"),
    ("b", "for i in 1 2 3; do cat out/a.txt; pause; done > out/b.txt", "out/a.txt", "out/b.txt"),
    (
        "d",
        "mkdir -p out/d/in; for i in 1 2 3 4 5 6; do cat out/a.txt > out/d/$i; pause; ln -s ../$i out/d/in/$i; done",
        "out/a.txt", "out/d"
    ),
    ("left", "nap & cp out/a.txt out/left.txt; chmod +x out/left.txt; pause", "out/a.txt", "out/left.txt"),
    (
        "deaf", "trap '' TERM INT; cp factor.txt out/deaf.txt; pause; pause; pause; echo end >> out/deaf.txt",
        "factor.txt", "out/deaf.txt"
    ),
    ("quick", "cp factor.txt out/quick.txt", "factor.txt", "out/quick.txt"),
    (
        "join",
        "cat out/b.txt out/d/* out/left.txt 2>/dev/null > out/join.txt || true; pause; cat out/deaf.txt out/quick.txt >> out/join.txt",
        "out/b.txt, out/d, out/left.txt, out/deaf.txt, out/quick.txt", "out/join.txt"
    ),
]

private let configuration =
    """
    version: 1
    project: killed
    environments:
      - match: "*"
    steps:

    """
    + commands.map { step in
        """
          \(step.name):
            inputs: [\(step.inputs)]
            outputs: [\(step.output)]
            run: |
              pause() { sleep 0.03; }; nap() { sleep 300; }
              \(step.run)

        """
    }.joined()
