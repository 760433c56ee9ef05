import HostSystem
import Model
import SystemPackage

extension GitProgram {
    /// A submodule whose files are not there.
    public struct EmptySubmodule: Sendable, Hashable {
        public let path: FilePath
        public let reason: String
    }

    /// Checks out the submodules of a linked worktree from the copies that the repository has already; nothing is fetched
    /// over the network.
    ///
    /// Git itself would clone each again for every worktree. Submodules of submodules are filled likewise.
    ///
    /// - Parameter afresh: whether what lies in them is removed first, for worktrees that nobody but Headgate uses.
    /// - Returns: those that stay empty, with why; their paths are relative to the worktree.
    public func fillSubmodules(afresh: Bool = false) async throws -> [EmptySubmodule] {
        try await fillSubmodules(from: layout.commonDirectory, afresh: afresh)
    }

    /// - Parameter known: the Git directory of the repository that has the copies, beneath `modules`.
    private func fillSubmodules(from known: FilePath, afresh: Bool) async throws -> [EmptySubmodule] {
        guard let top = layout.workTree, FileSystem.exists(top.appending(".gitmodules")) else { return [] }
        let listing = try await run(
            ["config", "--file", ".gitmodules", "--null", "--get-regexp", #"^submodule\..*\.path$"#])
        var empty: [EmptySubmodule] = []
        for field in splitAtNULs(listing.output) {
            let text = String(decoding: field, as: UTF8.self)
            guard let line = text.firstIndex(of: "\n") else { continue }
            let name = String(text[..<line].dropFirst("submodule.".count).dropLast(".path".count))
            let path = FilePath(String(text[text.index(after: line)...]))
            if afresh { try remove(path, in: top) }
            if let reason = try await fill(name, at: path, from: known) {
                empty.append(EmptySubmodule(path: path, reason: reason))
                continue
            }
            let place = try FileSystem.resolve(path, beneath: top, followLinks: false)
            let inner = GitProgram(
                try RepositoryLayout.find(from: place), runner: runner, variables: variables, program: program)
            guard inner.layout.workTree == place else { continue }
            // What is filled now is as it is checked out: nothing in it has to go first.
            empty += try await inner.fillSubmodules(
                from: known.appending("modules").pushing(FilePath(name)), afresh: false
            ).map { EmptySubmodule(path: path.pushing($0.path), reason: $0.reason) }
        }
        return empty
    }

    /// Empties the place of a submodule, without following links.
    private func remove(_ path: FilePath, in top: FilePath) throws {
        let parent = try FileSystem.resolve(
            path.components.count > 1 ? path.removingLastComponent() : ".", beneath: top, followLinks: false)
        guard let name = path.lastComponent, FileSystem.exists(parent.appending(name)) else { return }
        try FileSystem.removeTree(parent.appending(name), within: parent)
        try FileSystem.makeDirectories(parent.appending(name))
    }

    /// Fills one submodule, or returns why it stays empty.
    private func fill(_ name: String, at path: FilePath, from known: FilePath) async throws -> String? {
        let copy = known.appending("modules").pushing(FilePath(name))
        let isPlain =
            !name.isEmpty && FilePath(name).isRelative && FilePath(name).components.allSatisfy { $0.kind == .regular }
        guard isPlain, FileSystem.exists(copy.appending("HEAD")) else {
            return "the repository has no copy of it yet"
        }
        let address = try await run(
            ["--git-dir=\(known)", "config", "--get", "submodule.\(name).url"], needsRepository: false)
        let result = try await run(
            ["submodule", "--quiet", "update", "--init", "--", path.string],
            settings: HookPolicy.disabled.settings + [
                // Git refuses local repositories here by default; this one is the repository's own.
                "protocol.file.allow=always", "submodule.\(name).url=\(copy)", "submodule.\(name).active=true",
            ])
        guard result.succeeded else {
            return result.errorText.split(separator: "\n").last.map(String.init) ?? "Git gave no reason"
        }
        // Whoever fetches there means the submodule's own remote.
        let own = layout.gitDirectory.appending("modules").pushing(FilePath(name))
        let remote = trimmedEnd(address.outputText[...])
        if address.succeeded, !remote.isEmpty, FileSystem.exists(own) {
            try await require(["--git-dir=\(own)", "config", "remote.origin.url", remote], needsRepository: false)
        }
        return nil
    }
}
