import FoundationEssentials
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What lands is what was tested, and what Git would have merged.
@Suite("The landed tree")
struct LandedTreeTests {
    private static let workers = 2

    @Test("A hundred random merges land the tree that `git merge` makes in a clean clone")
    func agreesWithGit() async throws {
        let seed = UInt64(ProcessVariables.current()["HEADGATE_SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000_000)
        print("HEADGATE_SEED=\(seed)")
        let plan = MergeKind.allCases.flatMap { kind in
            (0..<kind.count).map { (kind, kind.methods[$0 % kind.methods.count]) }
        }
        #expect(plan.count == 100)
        var generator = SeededGenerator(seed: seed)
        let shuffled = plan.shuffled(using: &generator)
        var landed = 0
        var conflicts = 0
        try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for worker in 0..<Self.workers {
                let part = shuffled.indices.filter { $0 % Self.workers == worker }.map { shuffled[$0] }
                let seed = generator.next()
                group.addTask {
                    var merges = try await RandomLandings(seed: seed)
                    for (kind, method) in part { try await merges.compare(kind, method) }
                    try await merges.finish()
                    return (merges.landed, merges.conflicts)
                }
            }
            for try await (some, others) in group {
                landed += some
                conflicts += others
            }
        }
        print("\(landed) merges landed, \(conflicts) conflicted")
        #expect(conflicts >= 10)
        #expect(landed + conflicts == 100)
    }

    @Test("A changed script that no step declares is run and not served from the cache")
    func undeclaredScript() async throws {
        let landings = try await RandomLandings(seed: 1)
        let project = landings.repository
        // Everything the step declares is in the cache by now.
        try await landings.require(["run"])

        try await project.branch("harmless")
        try await project.commit(["helper.sh": "# says the same\n" + helper], message: "Comment")
        try await project.git("switch", "--quiet", "main")
        let harmless = try await landings.merge("harmless", .merge)
        #expect(harmless.status == 0 && harmless.document.landed)
        #expect(try await landings.states(of: harmless.document.run) == ["digest": "ran"])

        try await project.branch("wrong")
        try await project.commit(["helper.sh": "true\n"], message: "Forget the rows")
        try await project.git("switch", "--quiet", "main")
        let main = try await project.tip()
        let wrong = try await landings.merge("wrong", .merge)
        #expect(wrong.status == 1 && !wrong.document.landed)
        #expect(try await landings.states(of: wrong.document.run) == ["digest": "ran"])
        #expect(try await project.tip() == main)
    }
}

/// What the two sides of a merge do.
enum MergeKind: CaseIterable {
    /// Both edit the same file, in different places.
    case edits
    /// One renames a file, the other edits it.
    case renames
    /// One changes a mode, or makes or changes a link.
    case modes
    /// One adds files and removes one, the other edits another.
    case additions
    /// Both change the same line, or a directory that one renames gets a file from the other.
    case conflicts

    var count: Int {
        switch self {
        case .edits: 36
        case .renames: 22
        case .modes: 15
        case .additions: 15
        case .conflicts: 12
        }
    }

    /// A fast-forward never conflicts.
    var methods: [MergeMethod] { self == .conflicts ? [.merge, .squash] : [.merge, .squash, .fastForward] }
}

/// One repository whose `main` grows by random merges.
struct RandomLandings {
    let repository: TemporaryRepository
    private let program: ProgramUnderTest
    private var random: SeededGenerator
    private var number = 0
    private(set) var landed = 0
    private(set) var conflicts = 0

    /// As `headgate merge --json` prints it.
    struct Document: Decodable {
        let landed: Bool
        let tree: String?
        let conflicts: [String]
        let run: String?
    }

    init(seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        repository = try await TemporaryRepository(name: "merges")
        program = try ProgramUnderTest(variables: repository.variables)
        var files = ["headgate.yaml": configuration, ".gitignore": "out/\n", "helper.sh": helper]
        for number in 0..<8 { files["files/f\(number)"] = lines(number).joined() }
        for number in 0..<3 { files["files/d\(number)/inner"] = lines(100 + number).joined() }
        try await repository.commit(files, message: "Adopt")
    }

    private func lines(_ file: Int) -> [String] { (0..<30).map { "line \($0) of file \(file)\n" } }

    mutating func compare(_ kind: MergeKind, _ method: MergeMethod) async throws {
        number += 1
        let branch = "topic-\(number)"
        let start = random
        // For a fast-forward the branch stands on what happened on main.
        if method == .fastForward { try await change(kind, ours: true) }
        random = start
        try await repository.branch(branch, from: "main")
        try await change(kind, ours: false)
        try await repository.git("switch", "--quiet", "main")
        random = start
        if method != .fastForward { try await change(kind, ours: true) }
        let target = try await repository.tip()
        let place = "\(kind) by \(method.rawValue), number \(number)"
        let clone = repository.directory.path("clone-\(number)")
        let real = try await mergeInClone(branch, method, at: clone)
        let merged = try await merge(branch, method)
        // What stays is cleaned with the rest of /tmp.
        defer { try? FileSystem.removeTree(clone, within: repository.directory.path) }
        guard let real else {
            conflicts += 1
            #expect(merged.status == 3 && !merged.document.landed, "\(place): Git says it conflicts")
            #expect(try await repository.tip() == target, "\(place): main has moved")
            return
        }
        #expect(kind != .conflicts, "\(place): Git merges it")
        #expect(merged.status == 0 && merged.document.landed, "\(place): \(merged.message)")
        let tree = try await repository.git("rev-parse", "main^{tree}")
        #expect(merged.document.tree == tree, "\(place): another tree landed than was printed")
        #expect(tree == real, "\(place): Git makes another tree")
        #expect(try await repository.git("status", "--porcelain") == "", "\(place): the working tree is not clean")
        #expect(try await readByStep() == cat(clone), "\(place): the step has read something else")
        landed += 1
    }

    /// The whole history is sound, and every commit that came through the gate is known to have done so.
    func finish() async throws {
        let fsck = try await repository.tryGit(["fsck", "--no-progress", "--no-dangling"])
        #expect(fsck.succeeded && fsck.errorText.isEmpty, "fsck: \(fsck.errorText)\(fsck.outputText)")
    }

    // MARK: - Changes

    /// Makes and commits one side's change. Both sides see the same random numbers, so that they pick the same file.
    private mutating func change(_ kind: MergeKind, ours: Bool) async throws {
        let files = try await repository.git("ls-files", "--stage", "files").split(separator: "\n")
            .filter { $0.hasPrefix("100") }.map { String($0.split(separator: "\t")[1]) }
            .filter { !$0.hasPrefix("files/d0/") }
        let file = files.randomElement(using: &random) ?? "files/f0"
        let other = files.filter { $0 != file }.randomElement(using: &random) ?? "files/f1"
        let variant = Int.random(in: 0..<3, using: &random)
        let line = Int.random(in: 0..<8, using: &random)
        switch (kind, ours) {
        case (.edits, true): try edit(file, line)
        case (.edits, false): try edit(file, 20 + line)
        case (.renames, true): try edit(file, line)
        case (.renames, false):
            try await repository.git("mv", file, "files/r\(number)")
            if variant == 0 { try edit("files/r\(number)", 25) }
        case (.modes, true): try edit(other, line)
        case (.modes, false):
            switch variant {
            case 0:
                let mode = try FileSystem.requireStatus(repository.path.pushing(FilePath(file))).mode
                try FileSystem.setMode(repository.path.pushing(FilePath(file)), mode ^ 0o111)
            case 1: try link("files/l\(number)", to: other)
            default:
                try FileSystem.remove(repository.path.pushing(FilePath(file)))
                try link(file, to: other)
            }
        case (.additions, true): try edit(other, line)
        case (.additions, false):
            try repository.write("files/n\(number)", lines(1000 + number).joined())
            if variant > 0, files.count > 8 { try await repository.git("rm", "--quiet", file) }
        case (.conflicts, _):
            if variant == 0 {
                if ours {
                    try repository.write("files/d0/new\(number)", "new\n")
                } else {
                    try await repository.git("mv", "files/d0", "files/moved\(number)")
                }
            } else {
                try edit(file, 12, with: ours ? "ours" : "theirs")
            }
        }
        try await repository.commit(message: "\(kind) \(number), \(ours ? "main" : "branch")")
    }

    private func edit(_ file: String, _ line: Int, with word: String = "edited") throws {
        let path = repository.path.pushing(FilePath(file))
        var lines = try FileSystem.readText(path).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        lines[min(line, lines.count - 2)] = "\(word) as number \(number)"
        let mode = try FileSystem.requireStatus(path).mode & 0o777
        try FileSystem.replace(path, withText: lines.joined(separator: "\n"), mode: mode)
    }

    /// A relative link, from one file beneath `files` to another.
    private func link(_ path: String, to file: String) throws {
        let up = String(repeating: "../", count: path.split(separator: "/").count - 1)
        try FileSystem.symbolicLink(at: repository.path.pushing(FilePath(path)), to: FilePath(up + file))
    }

    // MARK: - Merging

    func merge(_ branch: String, _ method: MergeMethod) async throws -> (
        status: Int32, document: Document, message: String
    ) {
        let outcome = try await program.run(
            ["merge", branch, "--method", method.rawValue, "--json"], in: repository.path,
            timeLimit: TimeSpan(seconds: 180))
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8)) else {
            throw TrialFailed(
                "merge ended with \(outcome.status) and printed no document: \(outcome.errorOutput)\(outcome.output)")
        }
        return (outcome.status, document, outcome.errorOutput + outcome.output)
    }

    func require(_ arguments: [String]) async throws {
        let outcome = try await program.run(arguments, in: repository.path, timeLimit: TimeSpan(seconds: 180))
        guard outcome.status == 0 else { throw TrialFailed("headgate \(arguments): \(outcome.errorOutput)") }
    }

    /// The state of each step of a run.
    func states(of run: String?) async throws -> [String: String] {
        struct Shown: Decodable {
            struct Step: Decodable {
                let id: String
                let state: String
            }
            let steps: [Step]
        }
        let text = try await program.run(["show", run ?? "", "--json"], in: repository.path).output
        let shown = try JSONDecoder().decode(Shown.self, from: Data(text.utf8))
        return Dictionary(shown.steps.map { ($0.id, $0.state) }) { first, _ in first }
    }

    /// The tree that Git itself makes of the merge in a clone of its own, where a step reads the files; `nil` for a
    /// conflict.
    private func mergeInClone(_ branch: String, _ method: MergeMethod, at clone: FilePath) async throws -> String? {
        try await repository.git("clone", "--quiet", "--shared", repository.path.string, clone.string)
        let arguments: [String] =
            switch method {
            case .merge: ["merge", "--quiet", "--no-ff", "-m", "m", "origin/\(branch)"]
            case .squash: ["merge", "--quiet", "--squash", "origin/\(branch)"]
            case .fastForward: ["merge", "--quiet", "--ff-only", "origin/\(branch)"]
            }
        guard try await repository.tryGit(arguments, in: clone).succeeded else { return nil }
        return try await repository.git("write-tree", in: clone)
    }

    private func readByStep() throws -> String {
        let place = repository.directory.path("merges.envs/.candidates/main/1/out/digest.csv")
        return try FileSystem.readText(place)
    }

    private func cat(_ workspace: FilePath) async throws -> String {
        let result = try await CommandRunner().run(
            Invocation("bash", ["helper.sh"], variables: repository.variables, directory: workspace))
        return "row\n" + result.outputText
    }
}

private let helper = "find -L files -type f | LC_ALL=C sort | xargs cat\n"

private let configuration = """
    version: 1
    project: merges
    steps:
      digest:
        run: (echo row; bash helper.sh) > out/digest.csv
        inputs: [files]
        outputs: [out/digest.csv]
        tests:
          - row_count: {min: 10}

    """
