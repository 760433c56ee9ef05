import HostSystem
import Model
import SystemPackage

/// The private Git directory of `CanonicalMerge`, made anew for every merge while a lock is held.
struct CanonicalSetting: Sendable {
    private let git: GitProgram
    private let variables: [String: String]
    private let lock: HeldLock
    private let layout: RepositoryLayout

    enum Outcome {
        case tree(ObjectID)
        case conflict([FilePath])
    }

    init(
        _ repository: Repository, _ git: GitProgram, attributes: [TrackedFile], drivers: [String: String]
    ) async throws {
        layout = git.layout
        let home = layout.headgateDirectory
        let root = home.appending("canonical")
        try FileSystem.makeDirectories(home.appending("locks"), mode: 0o700)
        lock = try await HeldLock(
            at: home.appending("locks").appending("canonical"), mode: .exclusive, wait: .upTo(TimeSpan(seconds: 60)))
        try FileSystem.removeTree(root, within: home)

        let directory = root.appending("git")
        let workTree = root.appending("tree")
        try FileSystem.makeDirectories(workTree, mode: 0o700)
        for name in ["objects", "refs"] { try FileSystem.makeDirectories(directory.appending(name)) }
        try write("ref: refs/heads/main\n", to: directory.appending("HEAD"))
        let promisor = try await promisorConfiguration(git)
        try write(configurationText(layout.format, drivers, promisor), to: directory.appending("config"))
        if let shallow = try textIfPresent(layout.commonDirectory.appending("shallow")) {
            try write(shallow, to: directory.appending("shallow"))
        }
        for file in attributes where file.mode == .file || file.mode == .executable {
            guard file.path.staysInside else { continue }  // Git would not check it out either.
            let path = workTree.pushing(file.path)
            try FileSystem.makeDirectories(path.removingLastComponent())
            try writeBytes(try await repository.blob(file.id), to: path)
        }
        variables = [
            "GIT_OBJECT_DIRECTORY": layout.commonDirectory.appending("objects").string,
            "GIT_NO_REPLACE_OBJECTS": "1", "GIT_ATTR_NOSYSTEM": "1", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
        let kept: Set = ["GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EXEC_PATH", "GIT_TERMINAL_PROMPT"]
        let dates: Set = ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"]
        self.git = GitProgram(
            RepositoryLayout(
                gitDirectory: directory, commonDirectory: directory, workTree: workTree, format: layout.format),
            runner: git.runner,
            variables: git.variables.filter {
                !$0.key.hasPrefix("GIT_") || kept.contains($0.key) || dates.contains($0.key)
            },
            program: git.program)
    }

    func mergeTree(_ target: ObjectID, _ source: ObjectID) async throws -> Outcome {
        let arguments = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", target.hex, source.hex]
        let result = try await git.run(arguments, extraVariables: variables)
        let fields = splitAtNULs(result.output)
        guard let tree = fields.first.flatMap({ ObjectID(trimmedEnd(String(decoding: $0, as: UTF8.self)[...])) }) else {
            if result.errorText.contains("unrelated histories") { throw GitError.unrelatedHistories(target, source) }
            throw GitError.program(GitProgramFailure(arguments, result))
        }
        switch result.termination {
        case .exited(0): return .tree(tree)
        case .exited(1): return .conflict(fields.dropFirst().filter { !$0.isEmpty }.map { FilePath(bytes: $0) })
        default: throw GitError.program(GitProgramFailure(arguments, result))
        }
    }

    func commit(
        _ tree: ObjectID, parents: [ObjectID], message: String, identity: [String: String]
    ) async throws -> ObjectID {
        try await git.requireID(
            ["commit-tree", "--no-gpg-sign", tree.hex] + parents.flatMap { ["-p", $0.hex] },
            input: .text(message), extraVariables: variables.merging(identity) { $1 })
    }
}

/// The user's names as `git commit` would take them, as variables.
extension GitProgram {
    func identityVariables() async throws -> [String: String] {
        var variables: [String: String] = [:]
        for role in ["AUTHOR", "COMMITTER"] {
            let result = try await run(["var", "GIT_\(role)_IDENT"])
            let text = trimmedEnd(result.outputText[...])
            guard result.succeeded, let open = text.lastIndex(of: "<"), let close = text.lastIndex(of: ">"),
                open < close
            else { throw GitError.identityMissing(trimmedEnd(result.errorText[...])) }
            variables["GIT_\(role)_NAME"] = trimmedEnd(text[..<open])
            variables["GIT_\(role)_EMAIL"] = String(text[text.index(after: open)..<close])
        }
        return variables
    }
}

/// What a partial clone needs to fetch the objects it lacks: its remotes, of which some promise, and how to reach them.
private func promisorConfiguration(_ git: GitProgram) async throws -> [(key: String, value: String)] {
    guard git.layout.format.isPartial else { return [] }
    let wanted = ["credential.", "url.", "http.", "protocol.", "remote.", "core.sshcommand"]
    return try await git.configurationEntries().filter { entry in wanted.contains { entry.key.hasPrefix($0) } }
}

private func configurationText(
    _ format: RepositoryFormat, _ drivers: [String: String], _ promisor: [(key: String, value: String)]
) -> String {
    let fixed = [
        ("core.bare", "true"), ("core.attributesFile", "/dev/null"), ("core.excludesFile", "/dev/null"),
        ("core.hooksPath", "/dev/null"), ("core.fsync", "all"), ("core.logAllRefUpdates", "false"),
        ("merge.renames", "true"), ("merge.directoryRenames", "conflict"), ("merge.renormalize", "false"),
    ]
    let extensions = format.extensions.filter { ["objectformat", "partialclone"].contains($0.key) }
        .map { ("extensions.\($0.key)", $0.value) }
    let version = ("core.repositoryFormatVersion", extensions.isEmpty ? "0" : "1")
    let all =
        [version] + fixed + extensions.sorted { $0.0 < $1.0 } + drivers.sorted { $0.key < $1.key }
        + promisor.map { ($0.key, $0.value) }
    return all.map { configurationEntry($0, $1) }.joined()
}

/// One key as lines of a config file; the part between the first and the last dot keeps its case.
private func configurationEntry(_ key: String, _ value: String) -> String {
    guard let first = key.firstIndex(of: "."), let last = key.lastIndex(of: ".") else { return "" }
    let section = key[..<first]
    let name = key[key.index(after: last)...]
    let subsection = first == last ? "" : " \"\(escaped(key[key.index(after: first)..<last]))\""
    return "[\(section)\(subsection)]\n\t\(name) = \"\(escaped(value[...]).replacing("\n", with: "\\n"))\"\n"
}

private func escaped(_ text: Substring) -> String {
    String(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
}

private func write(_ text: String, to path: FilePath) throws {
    try writeBytes(Array(text.utf8), to: path)
}

/// Writes a new file; unlike `FileSystem.replace` without syncing, for nothing of this outlives the merge.
private func writeBytes(_ bytes: [UInt8], to path: FilePath) throws {
    do {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .exclusiveCreate, .noFollow], permissions: [.ownerReadWrite])
        try file.closeAfter { _ = try file.writeAll(bytes) }
    } catch let error as Errno {
        throw HostError.failed(action: "write", path: path, code: error)
    }
}

extension FilePath {
    /// Whether the path, taken from a Git tree, can be joined to a directory without leaving it or reaching into a
    /// repository's own files.
    var staysInside: Bool {
        isRelative
            && components.allSatisfy { component in
                component.kind == .regular && component.string.lowercased() != ".git"
            }
    }
}
