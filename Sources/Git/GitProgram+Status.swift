import HostSystem
import Model
import SystemPackage

extension GitProgram {
    /// Returns what differs in the working tree; nothing is written, not even the index.
    ///
    /// - Parameter untracked: whether files that Git does not know are looked for.
    public func status(untracked: Bool = true) async throws -> WorktreeStatus {
        let result = try await require(
            [
                "--no-optional-locks", "status", "--porcelain=v2", "-z", "--no-renames", "--ignore-submodules=none",
                "--untracked-files=\(untracked ? "all" : "no")",
            ])
        return WorktreeStatus(parsing: result.output)
    }

    /// Returns the files that are not tracked, one by one, without entering nested repositories.
    ///
    /// - Parameter includingIgnored: whether ignored ones are listed as well.
    public func untrackedFiles(includingIgnored: Bool) async throws -> [FilePath] {
        let rule = includingIgnored ? [] : ["--exclude-standard"]
        return try await require(["ls-files", "-z", "--others"] + rule).output.paths
    }

    /// Returns what is not tracked, ignored or not; of a directory without tracked files, only itself.
    public func untrackedPlaces() async throws -> [FilePath] {
        try await require(["ls-files", "-z", "--others", "--directory", "--no-empty-directory"]).output.paths
    }

    /// Returns the tracked files at or beneath `path`, relative to the top of the working tree; all for an empty path.
    public func trackedFiles(beneath path: FilePath = "") async throws -> [FilePath] {
        let place = path.isEmpty ? [] : ["--", path.string]
        return try await require(["--literal-pathspecs", "ls-files", "-z", "--cached"] + place).output.paths
    }

    /// Whether a sparse checkout keeps a tracked file out of the working tree.
    public func isLeftOut(_ path: FilePath) async throws -> Bool {
        // `S`: skip-worktree. Source: git-ls-files(1), "-t".
        try await require(["--literal-pathspecs", "ls-files", "-t", "-z", "--cached", "--", path.string])
            .output.first == UInt8(ascii: "S")
    }

    /// Returns the ignored files that match one of `patterns`, one by one, without entering nested repositories.
    ///
    /// - Parameter patterns: as `.gitignore` has them; a later one counts more. Source: `gitignore(5)`.
    public func ignoredFiles(matching patterns: [String]) async throws -> [FilePath] {
        if patterns.isEmpty { return [] }
        let exclusions = patterns.map { "--exclude=" + $0 }
        let matching = try await require(["ls-files", "-z", "--others", "--ignored"] + exclusions).output.paths
        return try await ignored(among: matching.filter { !$0.string.hasSuffix("/") })
    }

    /// Returns those of `paths` that Git ignores.
    public func ignored(among paths: [FilePath]) async throws -> [FilePath] {
        if paths.isEmpty { return [] }
        let arguments = ["check-ignore", "-z", "--stdin"]
        let result = try await run(arguments, input: .bytes(joinedWithNULs(paths)))
        // 1: none of them is.
        guard result.succeeded || result.termination == .exited(1) else {
            throw GitError.program(GitProgramFailure(arguments, result))
        }
        return result.output.paths
    }

    /// Returns the tracked files of which the working tree or the index differs from a tree; empty when it holds
    /// exactly that tree.
    ///
    /// Stat data is believed only as Git does, with ctime, which no program can set. Marks that make Git look away
    /// (`assume-unchanged`, `skip-worktree`) are not believed: such files are hashed, and one that is missing differs.
    public func trackedFiles(differingFrom tree: ObjectID) async throws -> [FilePath] {
        let result = try await require(
            [
                "diff-index", "-z", "--name-only", "--no-renames", "--ignore-submodules=none", "--no-ext-diff",
                tree.hex, "--",
            ],
            settings: ["core.trustctime=true", "core.checkStat=default"],
            extraVariables: ["GIT_NO_REPLACE_OBJECTS": "1"])
        let differing = result.output.paths
        let hidden = try await hiddenFiles()
        guard !hidden.isEmpty else { return differing }
        let changed = try await changedSince(tree, among: hidden)
        return (differing + changed.filter { !differing.contains($0) }).sorted {
            $0.pathBytes.lexicographicallyPrecedes($1.pathBytes)
        }
    }

    /// Returns the files of which the index differs from a tree; needs no working tree.
    public func stagedFiles(differingFrom tree: ObjectID) async throws -> [FilePath] {
        try await require(["diff-index", "--cached", "-z", "--name-only", "--no-renames", tree.hex, "--"]).output.paths
    }

    /// Files with the marks `assume-unchanged` (a lower-case letter) and `skip-worktree` (`S`).
    private func hiddenFiles() async throws -> [FilePath] {
        splitAtNULs(try await require(["ls-files", "-v", "-z", "--cached"]).output).compactMap { line in
            guard let tag = line.first, line.count > 2 else { return nil }
            let isLowercase = tag >= UInt8(ascii: "a") && tag <= UInt8(ascii: "z")
            return isLowercase || tag == UInt8(ascii: "S") ? FilePath(bytes: line.dropFirst(2)) : nil
        }
    }

    private func changedSince(_ tree: ObjectID, among paths: [FilePath]) async throws -> [FilePath] {
        let top = layout.workTree ?? layout.gitDirectory
        var expected: [FilePath: Substring] = [:]
        for line in splitAtNULs(try await require(["ls-tree", "-r", "-z", "--full-tree", tree.hex]).output) {
            let parts = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            guard parts.count == 2 else { continue }
            expected[FilePath(bytes: parts[1])] = String(decoding: parts[0], as: UTF8.self).split(separator: " ").last
        }
        var changed: [FilePath] = []
        for path in paths {
            guard let wanted = expected[path] else { continue }
            guard let status = try FileSystem.status(top.pushing(path)) else {
                changed.append(path)
                continue
            }
            let isLink = status.kind == .symbolicLink
            let id =
                isLink
                ? try await output(
                    ["hash-object", "--stdin"], input: .bytes(try FileSystem.readLink(top.pushing(path)).pathBytes))
                : try await output(["hash-object", "--", path.string])
            if id != wanted { changed.append(path) }
        }
        return changed
    }
}

extension [UInt8] {
    /// The paths that stand in the output of a `-z` option.
    var paths: [FilePath] { splitAtNULs(self).map { FilePath(bytes: $0) } }
}

extension RepositoryLayout {
    /// Returns what Git has begun in this working tree and not finished, or `nil`.
    ///
    /// Source: `wt_status_get_state` of wt-status.c.
    public func operationInProgress() -> GitOperation? {
        func has(_ name: String) -> Bool { FileSystem.exists(gitDirectory.appending(name)) }
        if has("rebase-apply/applying") { return .applyMailbox }
        if has("rebase-apply") || has("rebase-merge") { return .rebase }
        if has("MERGE_HEAD") { return .merge }
        if has("CHERRY_PICK_HEAD") { return .cherryPick }
        if has("REVERT_HEAD") { return .revert }
        if has("BISECT_LOG") { return .bisect }
        return has("sequencer") ? .cherryPick : nil
    }
}
