import HostSystem
import Model
import SystemPackage

/// Which hooks of the repository may run during a command.
public enum HookPolicy: Sendable {
    /// As for the user's own command.
    case enabled
    /// None: for working trees that nobody but Headgate uses.
    case disabled

    var settings: [String] {
        switch self {
        case .enabled: []
        case .disabled: ["core.hooksPath=/dev/null"]
        }
    }
}

extension GitProgram {
    /// Checks out what `HEAD` names in a worktree that was just added, with filters.
    ///
    /// - Returns: what went wrong with files whose filter is not required, each as one sentence of Git's or ours: they hold
    ///   what is stored instead of their content.
    @discardableResult
    public func populate() async throws -> [String] {
        let result = try await require(
            ["reset", "--quiet", "--hard", "--no-recurse-submodules"], settings: HookPolicy.disabled.settings)
        let said = result.errorText.split(separator: "\n").filter { $0.hasPrefix("error: ") }.prefix(5)
        return try await said.map { String($0.dropFirst("error: ".count)) } + undefinedFilters()
    }

    /// The filters that the topmost attributes name and no configuration defines; Git itself passes over them.
    private func undefinedFilters() async throws -> [String] {
        guard let file = layout.workTree?.appending(".gitattributes"), FileSystem.exists(file),
            // What is no text names nothing.
            let text = try? FileSystem.readText(file)
        else { return [] }
        let filters = Set(namedDrivers(in: text).filter { $0.kind == .filter })
        if filters.isEmpty { return [] }
        let known = Set(try await configuration().map(\.key))
        return filters.filter { known.isDisjoint(with: $0.definingKeys) }.map(\.name).sorted().map { name in
            "`.gitattributes` names the filter `\(name)`, which no Git configuration here defines: its files hold what is "
                + "stored instead of their content" + (name == "lfs" ? " (run `git lfs install`)" : "")
        }
    }

    /// Lets a linked worktree that was just added hold all tracked files, although the one it was added from is sparse.
    public func useFullCheckout() async throws {
        for name in ["core.sparseCheckout", "extensions.worktreeConfig"] {
            let result = try await run(["config", "--type=bool", "--get", name])
            // Without settings of its own for each worktree, this one would change those of all.
            guard result.succeeded, result.outputText == "true\n" else { return }
        }
        try await require(["config", "--worktree", "core.sparseCheckout", "false"])
    }

    /// Brings `HEAD`, index and tracked files to a commit, whatever they were.
    public func reset(to commit: ObjectID, hooks: HookPolicy) async throws {
        try await require(
            ["reset", "--quiet", "--hard", "--no-recurse-submodules", commit.hex], settings: hooks.settings)
    }

    /// Records in the index what the files look like: for what compares with the index and does not look itself.
    public func refreshIndex() async throws {
        // A status of 1 says that files differ, which is no news for the one who asked.
        let result = try await run(["update-index", "-q", "--refresh", "--force-write-index"])
        guard result.succeeded || result.termination == .exited(1) else {
            throw GitError.program(GitProgramFailure(["update-index", "--refresh"], result))
        }
    }

    /// Removes everything that is not tracked, ignored files and nested repositories included.
    public func clean() async throws {
        try await require(["clean", "--quiet", "-ffdx"])
    }

    /// Switches this working tree to a branch, as `git switch` does: changes are carried over or it refuses.
    ///
    /// - Throws: `GitError.wouldOverwrite`, `.branchCheckedOut`, `.operationInProgress`, `.noSuchBranch`.
    public func switchTo(_ branch: BranchName) async throws {
        if let operation = layout.operationInProgress(), operation != .bisect {
            throw GitError.operationInProgress(operation, at: layout.workTree ?? layout.gitDirectory)
        }
        guard try await reference(branch.reference) != nil else { throw GitError.noSuchBranch(branch) }
        if let other = try await worktree(of: branch), other.path != layout.workTree {
            throw GitError.branchCheckedOut(branch, at: other.path)
        }
        let arguments = ["switch", "--quiet", "--no-guess", "--no-overwrite-ignore", branch.rawValue]
        try explained(arguments, try await run(arguments))
    }

    /// Creates a branch at a commit and switches this working tree to it.
    public func switchTo(new branch: BranchName, at commit: ObjectID) async throws {
        guard try await reference(branch.reference) == nil else { throw GitError.branchExists(branch) }
        let arguments = ["switch", "--quiet", "--no-track", "--no-overwrite-ignore", "-c", branch.rawValue, commit.hex]
        try explained(arguments, try await run(arguments))
    }

    /// Throws the situation that a failed checkout or merge describes.
    func explained(_ arguments: [String], _ result: CommandResult) throws {
        if result.succeeded { return }
        if let veto = HookVeto(in: result.errorText) { throw GitError.vetoedByHook(message: veto.message) }
        let files = overwrittenFiles(in: result.errorText)
        if !files.isEmpty { throw GitError.wouldOverwrite(files, at: layout.workTree ?? layout.gitDirectory) }
        throw GitError.program(GitProgramFailure(arguments, result))
    }

    /// The paths that Git lists, one to a line after a tabulator. Source: `unpack-trees.c`, messages.
    private func overwrittenFiles(in message: String) -> [FilePath] {
        guard
            message.contains("would be overwritten") || message.contains("would be removed")
                || message.contains("would lose untracked files")
        else { return [] }
        return message.split(separator: "\n").filter { $0.hasPrefix("\t") }.map { FilePath(String($0.dropFirst())) }
    }
}

/// That a reference-transaction hook refused, and what it said.
struct HookVeto {
    let message: String

    init?(in text: String) {
        guard text.contains("aborted by hook") || text.contains("hook declined") else { return nil }
        message = trimmedEnd(text[...])
    }
}
