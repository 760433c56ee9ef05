import FoundationEssentials
import HostSystem
import Model
import SystemPackage
import TestSupport

/// A repository that a careless user and Headgate work on by turns, some commands being killed.
///
/// Every text that the user writes has a token of its own. A token is released when the user destroys the last place
/// that is known to hold it; all others must be somewhere: in a workspace, in the trash, or in a commit or an index.
final class LifecycleHistory {
    private let repository: TemporaryRepository
    private let program: ProgramUnderTest
    private var random: SeededGenerator
    private var tokens: Set<String> = []
    private var written = 0
    private(set) var problems: [String] = []
    private(set) var history: [String] = []

    private var environments: FilePath { repository.directory.path("project.envs") }

    init(seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        repository = try await TemporaryRepository(empty: true)
        program = try ProgramUnderTest(variables: repository.variables)
        try repository.write("data/raw.csv", "id\n1\n")
        let configuration = """
            version: 1
            environments: [{match: main, protected: true}, {match: "*", from: main}]
            expire: {merged: 0s}
            sources: {raw: {path: data/raw.csv}, own: {path: data/own.csv, location: data/raw.csv, writable: true}}
            steps: {count: {run: mkdir -p out && wc -l < data/raw.csv > out/n, inputs: [data/raw.csv], outputs: [out/n]}}

            """
        try await repository.commit(
            ["headgate.yaml": configuration, ".gitignore": "data/\nout/\n", "base.txt": "base\n"], message: "Begin")
    }

    /// One thing that happens; commands of Headgate are killed now and then.
    func advance() async throws {
        let branch = "b\(Int.random(in: 0..<6, using: &random))"
        switch Int.random(in: 0..<22, using: &random) {
        case 0...2: try await headgate(["env", "create", branch])
        case 3: try await headgate(["switch", branch])
        case 4: try await headgate(["switch", "-c", branch])
        case 5, 6: try await headgate(["env", "remove", branch])
        case 7, 8: try await headgate(["env", "remove", "--force", branch])
        case 9, 10: try await headgate(["env", "undelete", branch])
        case 11: try await headgate(["prune", "--yes"])
        case 12: try await headgate(["env", "update", "--discard", "--yes", branch])
        case 13: try await headgate(["run", "--env", branch])
        case 14: try await headgate(["env", "keep", branch, "--until", "1s"])
        case 15...17: try await write(branch)
        case 18: try await stage(branch)
        case 19: try await commit(branch)
        case 20: try await rename(branch)
        default: Bool.random(using: &random) ? try await deleteWorkspace(branch) : try await deleteBranch(branch)
        }
    }

    /// Looks for every token, and whether Git and Headgate find the repository whole.
    func check() async throws {
        let status = try await program.run(["status"], in: repository.path)
        if status.status != 0 { problem("status ended with \(status.status): \(status.errorOutput)") }
        let script = #"""
            { git rev-list --objects --all --reflog --indexed-objects | cut -d' ' -f1 | git cat-file --batch
              find . ../project.envs -name .git -prune -o -type f -exec cat {} + 2>/dev/null
            } | grep -aoE 'token-[0-9]+;' | sort -u
            """#
        let result = try await shell(script)
        let found = Set(result.outputText.split(separator: "\n").map(String.init))
        let lost = tokens.subtracting(found)
        if !lost.isEmpty { problem("lost \(lost.sorted())") }
        tokens.subtract(lost)
        let fsck = try await repository.tryGit(["fsck", "--no-progress", "--no-dangling"])
        if !fsck.succeeded || !fsck.errorText.isEmpty { problem("fsck: \(fsck.errorText)\(fsck.outputText)") }
    }

    /// Takes away what was deleted by hand, as `doctor` says; after that nothing may be wrong.
    func finish() async throws {
        try await check()
        for branch in (0..<6).map({ "b\($0)" }) + (0..<6).map({ "b\($0)-renamed" })
        where !FileSystem.exists(environments.appending(branch)) {
            _ = try await program.run(["env", "remove", "--force", branch], in: repository.path)
        }
        let doctor = try await program.run(["doctor"], in: repository.path)
        if doctor.status != 0 { problem("doctor ended with \(doctor.status): \(doctor.output)\(doctor.errorOutput)") }
        let worktrees = try await repository.git("worktree", "list", "--porcelain")
        if worktrees.contains("prunable") { problem("a worktree is prunable: \(worktrees)") }
        try await check()
    }

    /// How much has happened, in words.
    var summary: String {
        let killed = history.count { $0.contains("killed after") }
        let done = history.count { $0.hasPrefix("headgate") && $0.hasSuffix(": 0") }
        return
            "\(history.count) events, \(done) commands done, \(killed) killed, \(written) texts written, \(tokens.count) to be kept"
    }

    // MARK: Headgate

    private func headgate(_ arguments: [String]) async throws {
        if Int.random(in: 0..<6, using: &random) == 0 {
            let delay = Double.random(in: 0...0.15, using: &random)
            note("headgate \(arguments) killed after \(delay)")
            let script = #"d=$1; shift; "$@" >/dev/null 2>&1 & p=$!; sleep "$d"; kill -9 $p 2>/dev/null; wait $p"#
            _ = try await shell(script, ["\(delay)", program.executable.string] + arguments)
            return
        }
        let outcome = try await program.run(arguments, in: repository.path)
        note("headgate \(arguments): \(outcome.status)")
        if ![0, 1].contains(outcome.status) {
            problem("\(arguments) ended with \(outcome.status): \(outcome.errorOutput)")
        }
    }

    // MARK: The user

    private func write(_ branch: String) async throws {
        guard let workspace = workspace(of: branch) else { return }
        let file = workspace.appending("f\(Int.random(in: 0..<3, using: &random)).txt")
        if FileSystem.exists(file) { release(try FileSystem.readText(file)) }
        written += 1
        let token = "token-\(written);"
        tokens.insert(token)
        try FileSystem.replace(file, withText: token + "\n", mode: 0o644)
        note("wrote \(token) to \(branch)")
    }

    private func stage(_ branch: String) async throws {
        guard let workspace = workspace(of: branch) else { return }
        release(try await shell("git diff --cached", in: workspace).outputText)
        _ = try await shell("cat f?.txt", in: workspace).outputText.split(separator: "\n").map {
            tokens.insert(String($0))
        }
        _ = try await shell("git add --all", in: workspace)
        note("staged \(branch)")
    }

    private func commit(_ branch: String) async throws {
        guard let workspace = workspace(of: branch) else { return }
        release(try await shell("git diff --cached", in: workspace).outputText)
        _ = try await shell("cat f?.txt", in: workspace).outputText.split(separator: "\n").map {
            tokens.insert(String($0))
        }
        _ = try await shell("git add --all && git commit -qm change", in: workspace)
        note("committed \(branch)")
    }

    private func rename(_ branch: String) async throws {
        let (old, new) = Bool.random(using: &random) ? (branch, branch + "-renamed") : (branch + "-renamed", branch)
        let result = try await shell("git branch -m \(old) \(new)")
        note("renamed \(old) to \(new): \(result.succeeded)")
    }

    private func deleteWorkspace(_ branch: String) async throws {
        guard let workspace = workspace(of: branch) else { return }
        release(try await shell("cat f?.txt; git diff --cached", in: workspace).outputText)
        try FileSystem.removeTree(workspace, within: environments)
        note("deleted the workspace of \(branch) by hand")
    }

    private func deleteBranch(_ branch: String) async throws {
        let commits = try await shell("git log -p main..\(branch)").outputText
        if try await shell("git branch -D \(branch)").succeeded {
            release(commits)
            note("deleted the branch \(branch)")
        }
    }

    /// The workspace that a branch has at its own place, if it is there and Git knows it.
    private func workspace(of branch: String) -> FilePath? {
        let path = environments.appending(branch)
        return FileSystem.exists(path.appending(".git")) ? path : nil
    }

    private func release(_ text: String) {
        for match in text.matches(of: /token-[0-9]+;/) { tokens.remove(String(match.output)) }
    }

    private func shell(_ script: String, _ arguments: [String] = [], in directory: FilePath? = nil) async throws
        -> CommandResult
    {
        try await CommandRunner().run(
            Invocation(
                "sh", ["-c", script, "sh"] + arguments, variables: repository.variables,
                directory: directory ?? repository.path, timeLimit: TimeSpan(seconds: 120)))
    }

    private func note(_ line: String) {
        history.append(line)
    }

    private func problem(_ text: String) {
        problems.append(text + "\n  after " + history.suffix(12).joined(separator: "\n        "))
    }
}
