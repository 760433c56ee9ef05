import HostSystem
import Model
import SystemPackage
import TestSupport

/// A project with a random pipeline, edited at random, which remembers what each step was run with.
final class RandomProject {
    private let playground: Playground
    private var graph: RandomGraph
    /// The working trees: the main one, and one of a branch.
    private var workspaces: [FilePath]
    private var current = 0
    /// What steps were run with so far, by whichever branch.
    private var known: Set<String> = []
    /// The same, by what they really read.
    private var needed: Set<String> = []
    /// What each step was last run with, by working tree and id.
    private var last: [String: String] = [:]
    private(set) var problems: [String] = []
    private(set) var history = ""
    private(set) var count = Count()

    /// How many steps ran, and how many did not have to.
    struct Count: CustomStringConvertible {
        var ran = 0
        var spared = 0
        /// They ran although nothing that they read had changed, because they declare no inputs.
        var tooMany = 0
        var runs = 0

        static func += (left: inout Count, right: Count) {
            left.ran += right.ran
            left.spared += right.spared
            left.tooMany += right.tooMany
            left.runs += right.runs
        }

        var description: String {
            "\(runs) runs, \(ran) steps ran, \(spared) were spared, \(tooMany) ran without need: they declare no inputs"
        }
    }

    init(using random: inout SeededGenerator) async throws {
        graph = RandomGraph(using: &random)
        var files = ["extra/base.csv": "base\n", "deep/down/x": "x\n", "tree/one": "1\n", "tree/sub/two": "2\n"]
        for name in RandomGraph.files { files["in/\(name)"] = "\(name)\n" }
        files[".gitignore"] = "out/\ndirs/\n"
        playground = try await Playground(graph.configuration, files: files)
        try FileSystem.removeTree(playground.path.appending("data"), within: playground.path)
        workspaces = [playground.path]
    }

    var configuration: String { graph.configuration }
    private var workspace: FilePath { workspaces[current] }

    // MARK: - Editing

    func edit(using random: inout SeededGenerator) async throws {
        if workspaces.count > 1 { current = Int.random(in: 0..<2, using: &random) }
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let what = try await change(using: &random)
            history += "\(workspace.lastComponent?.string ?? ""): \(what)\n"
        }
        try write("headgate.yaml", graph.configuration)
    }

    private func change(using random: inout SeededGenerator) async throws -> String {
        func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: values.indices, using: &random)] }
        let file = "in/" + pick(RandomGraph.files)
        let word = pick(["zero\n", "one\n", "two\ntwo\n", ""])
        switch Int.random(in: 0..<13, using: &random) {
        case 0, 1:
            try write(file, word)
            return "\(file) = \(word)"
        case 2:
            try write(file, FileSystem.readText(workspace.pushing(FilePath(file))))
            return "\(file) written anew"
        case 3:
            let mode: UInt32 = Bool.random(using: &random) ? 0o755 : 0o644
            try FileSystem.setMode(workspace.pushing(FilePath(file)), mode)
            return "\(file) mode \(mode)"
        case 4:
            let name = pick(["p0", "p1"])
            graph.parameters[name] = Int.random(in: 0..<3, using: &random)
            return "\(name) = \(graph.parameters[name] ?? 0)"
        case 5:
            let new = pick(["tree/new", "tree/sub/newer", "deep/down/under/new", "extra/more.csv", "extra/not.txt"])
            try write(new, word)
            return "\(new) = \(word)"
        case 6:
            let old = pick(["tree/new", "tree/sub", "deep/down/under", "extra/more.csv", "extra/not.txt"])
            try FileSystem.removeTree(workspace.pushing(FilePath(old)), within: workspace)
            return "\(old) removed"
        case 7:
            guard let output = pick(graph.instances()).output else { return "nothing" }
            try FileSystem.removeTree(workspace.pushing(FilePath(output)), within: workspace)
            return "\(output) removed"
        case 8:
            guard let output = pick(graph.instances()).output, output.hasPrefix("out") else { return "nothing" }
            try write(output, "overwritten\n")
            return "\(output) overwritten"
        case 9:
            let number = Int.random(in: graph.steps.indices, using: &random)
            graph.steps[number].remark = Int.random(in: 0..<3, using: &random)
            return "\(graph.steps[number].name) remark \(graph.steps[number].remark)"
        case 10:
            let number = Int.random(in: graph.steps.indices, using: &random)
            if graph.steps[number].seeds.isEmpty { return "nothing" }
            graph.steps[number].seeds = Array(1...Int.random(in: 1...4, using: &random))
            return "\(graph.steps[number].name) seeds \(graph.steps[number].seeds)"
        case 11:
            let number = Int.random(in: graph.steps.indices, using: &random)
            graph.steps[number].kept = Int.random(in: 1...5, using: &random)
            return "\(graph.steps[number].name) keeps \(graph.steps[number].kept)"
        default:
            if workspaces.count > 1 { return "nothing" }
            try await commit()
            let path = try await playground.done("switch", "-c", "other", in: workspace)
            workspaces.append(FilePath(String(path.dropLast())))
            current = 1
            return "switched"
        }
    }

    private func write(_ path: String, _ text: String) throws {
        try playground.repository.write(path, text, in: workspace)
    }

    private func commit() async throws {
        try await playground.git("add", "--all", in: workspace)
        try await playground.git("commit", "--quiet", "--allow-empty", "--message", "Change", in: workspace)
    }

    // MARK: - Checking

    /// Runs the pipeline and compares it with a run in a clean clone.
    func check(using random: inout SeededGenerator) async throws {
        try await removeLeftovers()
        // A step without inputs depends on what Git tracks: a file that was never added does not count.
        try await playground.git("add", "--all", in: workspace)
        if Int.random(in: 0..<4, using: &random) == 0 {
            let value = Int.random(in: 0..<3, using: &random)
            history += "--param p0=\(value)\n"
            try await run(["p0": value])
        }
        try await run([:])
        try await commit()
        let clone = playground.repository.directory.path("clone")
        try await playground.git("clone", "--quiet", workspace.string, clone.string)
        let scratch = try await playground.headgate("run", in: clone)
        if scratch.status != 0 { problems.append("the run in a clean clone failed: \(scratch.errorOutput)") }
        for folder in ["out", "dirs"] {
            let mine = try contents(workspace.appending(folder))
            let theirs = try contents(clone.appending(folder))
            if mine != theirs { problems.append("\(folder) differs from a run from scratch:\n\(mine)\n\(theirs)") }
        }
        try FileSystem.removeTree(clone, within: playground.repository.directory.path)
        let environments = playground.repository.directory.path("clone.envs")
        try FileSystem.removeTree(environments, within: playground.repository.directory.path)
    }

    /// What steps that are no more have made: a clean clone does not have it, and patterns would match it.
    private func removeLeftovers() async throws {
        let outputs = Set(graph.instances().compactMap(\.output))
        for folder in ["out", "dirs"] where FileSystem.exists(workspace.appending(folder)) {
            for name in try FileSystem.list(workspace.appending(folder))
            where !outputs.contains("\(folder)/\(name.string)") {
                try FileSystem.removeTree(workspace.appending(folder).appending(name), within: workspace)
            }
        }
    }

    private func run(_ overrides: [String: Int]) async throws {
        let words = overrides.flatMap { ["--param", "\($0.key)=\($0.value)"] }
        let planned = try await states(["plan", "--json"] + words, "action", mayAnswer: [0, 10])
        let states = try await states(["run", "--json", "--jobs", "2"] + words, "state", mayAnswer: [0])
        count.runs += 1
        for instance in graph.instances(overrides) {
            let state = states[instance.id] ?? "missing"
            let isMemory = instance.output == nil
            let place = "\(workspace) \(instance.id)"
            let signature = try await signature(of: instance, isWhole: !instance.declaresInputs)
            let need = try await self.signature(of: instance, isWhole: false)
            let mustRun = isMemory ? last[place] != signature : !known.contains(signature)
            if mustRun, state != "ran" { problems.append("a step too few: \(instance.id) is \(state)\n\(signature)") }
            if !mustRun, state == "ran" { problems.append("a step too many: \(instance.id)\n\(signature)") }
            switch planned[instance.id] {
            case "up-to-date" where state != "up-to-date", "cached" where state != "cached":
                problems.append("\(instance.id) was planned as \(planned[instance.id] ?? "") and is \(state)")
            default: break
            }
            if state == "ran" { count.ran += 1 } else { count.spared += 1 }
            if state == "ran", isMemory ? last[place + " needs"] == need : needed.contains(need) { count.tooMany += 1 }
            known.insert(signature)
            needed.insert(need)
            last[place] = signature
            last[place + " needs"] = need
        }
    }

    private func states(_ arguments: [String], _ key: String, mayAnswer: [Int32]) async throws -> [String: String] {
        let outcome = try await playground.program.run(arguments, in: workspace)
        guard mayAnswer.contains(outcome.status) else {
            problems.append("\(arguments) ended with \(outcome.status): \(outcome.errorOutput)\(graph.configuration)")
            return [:]
        }
        let steps = try JSON(outcome.output)["steps"].items
        return Dictionary(steps.map { ($0["id"].text ?? "", $0[key].text ?? "") }) { $1 }
    }

    // MARK: - Reckoning

    /// Names the step, its command and all that it reads, as it is now.
    ///
    /// - Parameter isWhole: whether all tracked files count as read.
    private func signature(of instance: RandomGraph.Instance, isWhole: Bool) async throws -> String {
        var reads = instance.reads
        if isWhole {
            let tracked = try await playground.git("ls-files", in: workspace).split(separator: "\n").map(String.init)
            // Of what steps make, only what is needed counts.
            reads = tracked + reads.filter { $0.hasPrefix("out/") || $0.hasPrefix("dirs/") }
        }
        var text = "\(instance.id) \(instance.output ?? "-")\n\(instance.command)\n"
        for read in Set(reads).sorted() {
            for line in try contents(matching: read) { text += line + "\n" }
        }
        return text
    }

    private func contents(matching read: String) throws -> [String] {
        guard let star = read.firstIndex(of: "*") else {
            return try contents(workspace.pushing(FilePath(read)), named: read)
        }
        let folder = read[..<star].split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        let begin = read[..<star].split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        let end = String(read[read.index(after: star)...])
        return try FileSystem.list(workspace.pushing(FilePath(folder))).map(\.string).sorted()
            .filter { $0.hasPrefix(begin) && $0.hasSuffix(end) }
            .flatMap { try contents(workspace.pushing(FilePath(folder)).appending($0), named: "\(folder)/\($0)") }
    }

    /// Every file and link at or beneath a path, with its content and executable bit, in the order of names.
    private func contents(_ path: FilePath, named name: String = "") throws -> [String] {
        guard let status = try FileSystem.status(path) else { return [] }
        switch status.kind {
        case .directory:
            return try FileSystem.list(path).map(\.string).sorted().flatMap {
                try contents(path.appending($0), named: "\(name)/\($0)")
            }
        case .symbolicLink: return ["\(name) -> \(try FileSystem.readLink(path))"]
        default:
            return [
                "\(name)\(status.mode & 0o100 == 0 ? "" : "*") \(ContentHash(ofBytes: try FileSystem.readBytes(path)))"
            ]
        }
    }
}
