import HostSystem
import Model
import SystemPackage

/// Moving a linked worktree aside and back. Each function may be called again after it was cut short.
extension GitProgram {
    /// Says what moving the worktree at `path` to `trashedPath` means, without doing it yet.
    ///
    /// - Parameter operation: a name for the removal that no other has.
    /// - Throws: `GitError.worktreeMissing` when `path` is not a linked worktree of this repository.
    public func planTrash(_ path: FilePath, to trashedPath: FilePath, operation: String) throws -> TrashedWorktree {
        guard let entry = try worktreeEntry(for: path), let name = entry.lastComponent?.string,
            let plan = TrashedWorktree(operation: operation, path: path, trashedPath: trashedPath, entryName: name)
        else { throw GitError.worktreeMissing(path) }
        return plan
    }

    /// Makes the reference that keeps alive what only the worktree's `HEAD`, index, reflog and unfinished operation
    /// name: a commit with the staged tree and all those commits as ancestors; the first parent is `HEAD`.
    @discardableResult
    public func keepAlive(_ worktree: TrashedWorktree) async throws -> ObjectID {
        if let kept = try await reference(worktree.reference) { return kept }
        let isThere = FileSystem.exists(worktree.path)
        guard let git = try isThere ? inWorktree(worktree.path) : atMissingWorktree(worktree.path) else {
            throw GitError.worktreeMissing(worktree.path)
        }
        let tree = try await git.stagedTree()
        var parents = try await git.commitsNamedByEntry()
        var keeper: ObjectID?
        repeat {
            // Git takes any number of parents, a command line does not.
            let chunk = [keeper].compactMap(\.self) + parents.prefix(200)
            parents.removeFirst(min(200, parents.count))
            keeper = try await git.keeper(tree: tree, parents: chunk)
        } while !parents.isEmpty
        guard let keeper else { preconditionFailure("the loop above runs at least once") }
        try await updateReferences(
            [ReferenceChange(worktree.reference, from: nil, to: keeper)], message: "headgate: trash")
        return keeper
    }

    /// Moves the workspace and its administrative directory aside; `keepAlive` comes first.
    public func moveToTrash(_ worktree: TrashedWorktree) async throws {
        let lock = try await lockWorktrees()
        defer { lock.release() }
        let entry = worktree.entry(in: layout)
        let trashedEntry = worktree.trashedEntry(in: layout)
        try FileSystem.makeDirectories(trashedEntry.removingLastComponent(), mode: 0o700)
        try FileSystem.makeDirectories(worktree.trashedPath.removingLastComponent())
        if FileSystem.exists(worktree.path) {
            guard !FileSystem.exists(worktree.trashedPath) else {
                throw GitError.destinationExists(worktree.trashedPath)
            }
            try FileSystem.rename(worktree.path, to: worktree.trashedPath, replacing: false)
        }
        if FileSystem.exists(entry), !FileSystem.exists(trashedEntry) {
            try FileSystem.rename(entry, to: trashedEntry, replacing: false)
            try? FileSystem.removeDirectory(layout.worktreeEntries)  // It stays while others are in it.
        }
        // A later worktree may get the same name; a pointer left here would lead to its index.
        let pointer = worktree.trashedPath.appending(".git")
        if FileSystem.exists(pointer) {
            try FileSystem.replace(trashedEntry.appending(Self.pointerCopy), with: try FileSystem.readBytes(pointer))
            try FileSystem.remove(pointer)
        }
    }

    /// Puts a worktree back from the trash to where it was, or to `destination`; one that was missing when it was removed
    /// may be there again.
    ///
    /// - Throws: `GitError.destinationExists`, or `.branchCheckedOut` when another worktree has its branch by now.
    public func restoreFromTrash(_ worktree: TrashedWorktree, to destination: FilePath? = nil) async throws {
        let lock = try await lockWorktrees()
        defer { lock.release() }
        let path = destination ?? worktree.path
        let trashedEntry = worktree.trashedEntry(in: layout)
        var entry = worktree.entry(in: layout)
        if FileSystem.exists(trashedEntry) {
            let wasMissing = !FileSystem.exists(worktree.trashedPath)
            let isItself = wasMissing && leads(path.appending(".git"), to: entry)
            guard isItself || !FileSystem.exists(path) else { throw GitError.destinationExists(path) }
            try await requireBranchFree(trashedEntry)
            try FileSystem.makeDirectories(layout.worktreeEntries)
            entry = freeEntry(named: worktree.entryName)
            let pointer = try pointer(
                to: entry, from: path, copiedAt: trashedEntry.appending(Self.pointerCopy), worktree)
            try FileSystem.replace(trashedEntry.appending("gitdir"), withText: path.appending(".git").string + "\n")
            let home = wasMissing ? path : worktree.trashedPath
            if isItself || !wasMissing, FileSystem.isDirectory(home) {
                try FileSystem.replace(home.appending(".git"), withText: pointer)
            }
            try FileSystem.rename(trashedEntry, to: entry, replacing: false)
        }
        if FileSystem.exists(worktree.trashedPath) {
            guard !FileSystem.exists(path) else { throw GitError.destinationExists(path) }
            try FileSystem.makeDirectories(path.removingLastComponent())
            try FileSystem.rename(worktree.trashedPath, to: path, replacing: false)
        }
        if let restored = try worktreeEntry(for: path) { try FileSystem.remove(restored.appending(Self.pointerCopy)) }
        if let kept = try await reference(worktree.reference) {
            try await updateReferences(
                [ReferenceChange(worktree.reference, from: kept, to: nil)], message: "headgate: undelete")
        }
    }

    /// Whether a `.git` file names an administrative directory; a repository's own directory names none.
    private func leads(_ pointer: FilePath, to entry: FilePath) -> Bool {
        guard let text = try? FileSystem.readText(pointer), text.hasPrefix("gitdir: ") else { return false }
        let named = FilePath(String(trimmedEnd(text.dropFirst(8))))
        return pointer.removingLastComponent().pushing(named).lexicallyNormalized() == entry
    }

    /// Removes the administrative directory and the reference of a worktree whose files the caller has removed.
    public func emptyTrash(_ worktree: TrashedWorktree) async throws {
        let trash = layout.headgateDirectory.appending("trash")
        if FileSystem.exists(trash) {
            try FileSystem.removeTree(worktree.trashedEntry(in: layout), within: trash)
        }
        if let kept = try await reference(worktree.reference) {
            try await updateReferences(
                [ReferenceChange(worktree.reference, from: kept, to: nil)], message: "headgate: trash emptied")
        }
    }

    /// The workspace's `.git` file while it is in the trash.
    private static let pointerCopy = "headgate-pointer"

    private func pointer(
        to entry: FilePath, from path: FilePath, copiedAt copy: FilePath, _ worktree: TrashedWorktree
    ) throws -> String {
        let isUnmoved = entry == worktree.entry(in: layout) && path == worktree.path
        if isUnmoved, let text = try textIfPresent(copy) { return text }
        return "gitdir: \(entry.string)\n"
    }

    private func freeEntry(named name: String) -> FilePath {
        var candidate = layout.worktreeEntries.appending(name)
        var number = 1
        while FileSystem.exists(candidate) {
            candidate = layout.worktreeEntries.appending(name + String(number))
            number += 1
        }
        return candidate
    }

    private func requireBranchFree(_ trashedEntry: FilePath) async throws {
        guard let head = try textIfPresent(trashedEntry.appending("HEAD")), head.hasPrefix("ref: "),
            let branch = BranchName(reference: trimmedEnd(head.dropFirst(5)))
        else { return }
        if let user = try await worktree(of: branch) { throw GitError.branchCheckedOut(branch, at: user.path) }
    }

    /// The tree of the index; where a merge left conflicts, each stage stands as a file of its own.
    private func stagedTree() async throws -> ObjectID {
        guard FileSystem.exists(layout.gitDirectory.appending("index")) else {
            return try await requireID(["mktree"])
        }
        let staged = splitAtNULs(try await require(["ls-files", "-z", "--stage"]).output)
        let zero: [UInt8] = Array(" 0\t".utf8)
        let isMerged = staged.allSatisfy { line in
            guard let tab = line.firstIndex(of: UInt8(ascii: "\t")), tab >= line.startIndex + 2 else { return true }
            return line[(tab - 2)...tab].elementsEqual(zero)
        }
        if isMerged { return try await requireID(["write-tree"]) }
        let lines = staged.flatMap { line -> [UInt8] in
            let text = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            let facts = String(decoding: text[0], as: UTF8.self).split(separator: " ")
            return Array("\(facts[0]) \(facts[1]) 0\t".utf8) + text[1] + Array("~stage\(facts[2])".utf8) + [0]
        }
        let index = layout.gitDirectory.appending("headgate-index")
        defer { try? FileSystem.remove(index) }  // What stays goes to the trash with the rest.
        let variables = ["GIT_INDEX_FILE": index.string]
        try await require(["update-index", "-z", "--index-info"], input: .bytes(lines), extraVariables: variables)
        return try await requireID(["write-tree"], extraVariables: variables)
    }

    /// `HEAD` first, then every commit that a file of the administrative directory names.
    private func commitsNamedByEntry() async throws -> [ObjectID] {
        var named: [ObjectID] = []
        if let head = try await reference("HEAD") { named.append(head) }
        for entry in try TreeWalk.list(layout.gitDirectory)
        where entry.status.kind == .file && mayNameCommits(entry.path) {
            let text = try textIfPresent(layout.gitDirectory.pushing(entry.path)) ?? ""
            named += text.split { " \t\n\r".unicodeScalars.contains($0.unicodeScalars.first ?? "x") }
                .compactMap { ObjectID($0) }.filter { !$0.isZero }
        }
        var seen: Set<ObjectID> = []
        named = named.filter { seen.insert($0).inserted }
        let answer = try await require(
            ["cat-file", "--batch-check=%(objectname) %(objecttype)"],
            input: .text(named.map { $0.hex + "\n" }.joined()))
        return answer.outputText.split(separator: "\n").filter { $0.hasSuffix(" commit") }
            .compactMap { ObjectID($0.prefix { $0 != " " }) }
    }

    private func mayNameCommits(_ path: FilePath) -> Bool {
        let top = path.components.first?.string ?? ""
        return ["logs", "refs", "rebase-merge", "rebase-apply", "sequencer"].contains(top)
            || (path.components.count == 1 && top.utf8.allSatisfy { ($0 >= 65 && $0 <= 90) || $0 == 95 })
    }

    private func keeper(tree: ObjectID, parents: [ObjectID]) async throws -> ObjectID {
        try await requireID(
            ["commit-tree", "--no-gpg-sign", tree.hex] + parents.flatMap { ["-p", $0.hex] },
            input: .text("headgate: keeps what a removed workspace had\n"),
            extraVariables: [
                "GIT_AUTHOR_NAME": "headgate", "GIT_AUTHOR_EMAIL": "headgate@localhost",
                "GIT_COMMITTER_NAME": "headgate", "GIT_COMMITTER_EMAIL": "headgate@localhost",
            ])
    }

    /// Runs `git` and returns the one object id that it prints.
    func requireID(
        _ arguments: [String], input: CommandInput = .none, extraVariables: [String: String] = [:]
    ) async throws -> ObjectID {
        let result = try await require(arguments, input: input, extraVariables: extraVariables)
        guard let id = ObjectID(trimmedEnd(result.outputText[...])) else {
            throw GitError.program(GitProgramFailure(arguments, result))
        }
        return id
    }
}
