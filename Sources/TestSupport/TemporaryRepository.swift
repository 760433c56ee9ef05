import HostSystem
import Model
import SystemPackage

/// A Git repository of its own for one test, untouched by the configuration of the user and of the machine.
public final class TemporaryRepository: Sendable {
    public let directory: TemporaryDirectory
    /// The root of the main working tree.
    public let path: FilePath
    /// What `git` is run with, and what a program under test should be run with.
    public let variables: [String: String]

    /// Makes a repository with the branch `main` and, unless told otherwise, one commit.
    public init(
        in parent: FilePath = "/tmp", name: String = "project", empty: Bool = false, objectFormat: String = "sha1"
    ) async throws {
        directory = try TemporaryDirectory(in: parent)
        path = directory.path(name)
        let home = try directory.makeDirectory("home")
        let configuration = try directory.write("home/.gitconfig", gitConfiguration)
        variables = [
            "PATH": ProcessVariables.current()["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
            "HOME": home.string, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": configuration.string, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_DATE": "2026-01-05T09:00:00Z", "GIT_COMMITTER_DATE": "2026-01-05T09:00:00Z",
        ]
        try FileSystem.makeDirectories(path)
        try await git("init", "--quiet", "--initial-branch=main", "--object-format=\(objectFormat)")
        if !empty { try await commit(["README": "a project\n"], message: "Begin") }
    }

    /// Runs `git` in the repository, or in `workspace`, and returns what it wrote, without the last newline.
    ///
    /// - Throws: `GitFailed` when its status is not 0.
    @discardableResult
    public func git(_ arguments: String..., in workspace: FilePath? = nil) async throws -> String {
        try await git(arguments, in: workspace)
    }

    @discardableResult
    public func git(_ arguments: [String], in workspace: FilePath? = nil, input: String? = nil) async throws -> String {
        let result = try await tryGit(arguments, in: workspace, input: input)
        guard result.succeeded else {
            throw GitFailed(arguments: arguments, message: result.errorText + result.outputText)
        }
        return String(result.outputText.last == "\n" ? result.outputText.dropLast() : result.outputText[...])
    }

    /// Runs `git` and returns how it ended, whatever that is.
    public func tryGit(
        _ arguments: [String], in workspace: FilePath? = nil, input: String? = nil
    ) async throws -> CommandResult {
        try await CommandRunner().run(
            Invocation(
                "git", arguments, variables: variables, directory: workspace ?? path,
                input: input.map(CommandInput.text) ?? .none))
    }

    /// Writes `files`, commits everything that is there, and returns the commit.
    @discardableResult
    public func commit(
        _ files: [String: String] = [:], message: String = "Change", in workspace: FilePath? = nil
    ) async throws -> ObjectID {
        for (name, text) in files { try write(name, text, in: workspace) }
        try await git(["add", "--all"], in: workspace)
        try await git(["commit", "--quiet", "--allow-empty", "--message", message], in: workspace)
        return try await tip("HEAD", in: workspace)
    }

    /// Writes a file of the working tree, making the directories above it.
    @discardableResult
    public func write(_ name: String, _ text: String, in workspace: FilePath? = nil) throws -> FilePath {
        let file = (workspace ?? path).pushing(FilePath(name))
        try FileSystem.makeDirectories(file.removingLastComponent())
        try FileSystem.replace(file, withText: text)
        return file
    }

    /// Returns the commit that a revision names.
    public func tip(_ revision: String = "main", in workspace: FilePath? = nil) async throws -> ObjectID {
        let text = try await git(["rev-parse", "--verify", "--end-of-options", revision + "^{commit}"], in: workspace)
        guard let id = ObjectID(text) else { throw GitFailed(arguments: ["rev-parse", revision], message: text) }
        return id
    }

    /// Makes a branch at `start` and checks it out.
    public func branch(_ name: String, from start: String = "HEAD") async throws {
        try await git(["switch", "--quiet", "--create", name, start])
    }

    public struct GitFailed: Error, CustomStringConvertible {
        public let arguments: [String]
        public let message: String

        public var description: String { "git \(arguments.joined(separator: " ")): \(message)" }
    }
}

/// Commits are the same on every machine, and nothing runs in the background.
private let gitConfiguration = """
    [user]
        name = Test
        email = test@example.org
    [init]
        defaultBranch = main
    [commit]
        gpgSign = false
    [gc]
        auto = 0
    [maintenance]
        auto = false
    [advice]
        detachedHead = false
    [protocol "file"]
        allow = always

    """
