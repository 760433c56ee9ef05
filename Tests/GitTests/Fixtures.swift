import HostSystem
import Model
import SystemPackage
import TestSupport

@testable import Git

extension TemporaryRepository {
    func layout(at path: FilePath? = nil) throws -> RepositoryLayout {
        try RepositoryLayout.find(from: path ?? self.path)
    }

    func repository(at path: FilePath? = nil) throws -> Repository {
        try Repository(opening: layout(at: path))
    }

    func program(at path: FilePath? = nil, variables extra: [String: String] = [:]) throws -> GitProgram {
        GitProgram(
            try layout(at: path), runner: CommandRunner(), variables: variables.merging(extra) { $1 })
    }

    /// The raw id that Git prints for a revision.
    func id(_ revision: String, in workspace: FilePath? = nil) async throws -> ObjectID {
        let text = try await git("rev-parse", "--verify", revision, in: workspace)
        guard let id = ObjectID(text) else { throw FixtureFailed(message: text) }
        return id
    }
}

func branch(_ name: String) -> BranchName {
    guard let branch = BranchName(name) else { preconditionFailure("the test uses an invalid branch name: \(name)") }
    return branch
}

/// The error that `body` throws, or `nil`.
func gitError(_ body: () async throws -> Void) async -> GitError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? GitError
    }
}

/// Names that Git accepts for branches and that break careless programs.
let hostileBranchNames = [
    "`id`b", "a;rm", "a'b", "a\"b", "a|b", "heads/main", "refs/heads/x", "con", "{{x}}", "%2e%2e", "Main", "e\u{301}",
    "\u{e9}", "a\u{202e}b", "a\u{9b}b", "feature/a/b", "$(id)", "a&b", "#1", "!x", "ü/ö",
]

/// `headgate-hook` as scripts/build makes it, built once for all tests.
func builtHookProgram() async throws -> FilePath { try await HookBuild.shared.program() }

private actor HookBuild {
    static let shared = HookBuild()
    private let directory = Result { try TemporaryDirectory(name: "headgate-hook") }
    private var task: Task<FilePath, any Error>?

    func program() async throws -> FilePath {
        if let task { return try await task.value }
        let directory = try directory.get()
        let task = Task {
            let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
                .appending("Sources").appending("headgate-hook")
            let files = try FileSystem.list(sources).filter { $0.extension == "c" }.map { sources.appending($0).string }
            let result = try await CommandRunner().run(
                Invocation(
                    "cc",
                    ["-Os", "-static", "-Wall", "-Wextra", "-Werror", "-o", directory.path("headgate-hook").string]
                        + files,
                    variables: ["PATH": ProcessVariables.current()["PATH"] ?? "/usr/bin:/bin"]))
            guard result.succeeded else {
                throw FixtureFailed(message: result.errorText)
            }
            return directory.path("headgate-hook")
        }
        self.task = task
        return try await task.value
    }
}

struct FixtureFailed: Error {
    let message: String
}
