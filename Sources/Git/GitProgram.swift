import HostSystem
import Model
import SystemPackage

/// Runs the `git` program on one working tree of one repository.
///
/// Every call gets explicit `GIT_DIR` and `GIT_WORK_TREE`, so that nothing is discovered in a directory that a step
/// could have written to, and none of the repository variables that Git exports to hooks. Object ids and full
/// reference names only; what comes from outside stands after `--end-of-options` or on standard input.
public struct GitProgram: Sendable {
    public let layout: RepositoryLayout
    /// The variables of every call; the repository variables are taken out.
    public let variables: [String: String]
    let runner: CommandRunner
    let program: String

    /// - Parameters:
    ///   - layout: the working tree it works on; `inWorktree(_:)` changes to another.
    ///   - variables: what the user's own Git would get (HOME, PATH, identity, ssh agent, …).
    ///   - program: the git program, a path or a name looked up in `variables["PATH"]`.
    public init(
        _ layout: RepositoryLayout, runner: CommandRunner, variables: [String: String], program: String = "git"
    ) {
        self.layout = layout
        self.runner = runner
        self.program = program
        var variables = variables.filter { !Self.repositoryVariables.contains($0.key) }
        // Messages are read by people only, but some are looked at to tell situations apart.
        variables["LC_ALL"] = "C.UTF-8"
        variables["LANGUAGE"] = nil
        variables["GIT_TERMINAL_PROMPT"] = variables["GIT_TERMINAL_PROMPT"] ?? "0"
        self.variables = variables
    }

    /// What `git rev-parse --local-env-vars` lists, with what redirects objects, indexes and configuration.
    ///
    /// Source: `environment.c`, `local_repo_env`.
    public static let repositoryVariables: Set<String> = [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
        "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
        "GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES",
        "GIT_QUARANTINE_PATH", "GIT_ATTR_SOURCE", "GIT_EXTERNAL_DIFF", "GIT_DEFAULT_HASH",
    ]

    /// The same repository, at another of its working trees.
    ///
    /// - Throws: `GitError.worktreeMissing` when `path` is not a working tree of this repository.
    public func inWorktree(_ path: FilePath) throws -> GitProgram {
        if path == layout.workTree { return self }
        let other = try RepositoryLayout.find(from: path)
        guard other.commonDirectory == layout.commonDirectory, other.workTree == (try FileSystem.canonical(path)) else {
            throw GitError.worktreeMissing(path)
        }
        return GitProgram(other, runner: runner, variables: variables, program: program)
    }

    /// Throws `GitError.gitTooOld` or `.gitMissing` unless Git is 2.39 or newer, and returns its version.
    @discardableResult
    public func requireVersion() async throws -> GitVersion {
        let text = try await output(["version"], needsRepository: false)
        guard let version = GitVersion(reading: text) else { throw GitError.gitTooOld(found: text) }
        guard version >= .oldest else { throw GitError.gitTooOld(found: version.description) }
        return version
    }

    /// Throws `GitError.dubiousOwnership` when the repository belongs to another user and `safe.directory` does not
    /// name it: with an explicit `GIT_DIR` Git itself does not look.
    public func requireTrusted(userID: UInt32) async throws {
        for path in [layout.gitDirectory, layout.workTree].compactMap(\.self) {
            guard try FileSystem.requireStatus(path).owner != userID else { continue }
            var invocation = Invocation(program, ["rev-parse", "--git-dir"], variables: variables)
            invocation.directory = layout.workTree ?? layout.gitDirectory
            guard try await start(invocation).succeeded else {
                throw GitError.dubiousOwnership(layout.workTree ?? layout.gitDirectory)
            }
            return
        }
    }
}

/// A version of Git, such as 2.39.5.
public struct GitVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let patch: Int

    /// The oldest that has what Headgate needs (`merge-tree --write-tree`).
    public static let oldest = GitVersion(major: 2, minor: 39, patch: 0)

    public init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `git version 2.39.5 (Apple Git-154)`; `nil` for anything else.
    public init?(reading text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 3, words[0] == "git", words[1] == "version" else { return nil }
        let numbers = words[2].split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
        guard numbers.count >= 2 else { return nil }
        self.init(major: numbers[0], minor: numbers[1], patch: numbers.count > 2 ? numbers[2] : 0)
    }

    public static func < (left: GitVersion, right: GitVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    public var description: String { "\(major).\(minor).\(patch)" }
}
