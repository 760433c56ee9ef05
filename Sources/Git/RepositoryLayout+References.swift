import HostSystem
import Model
import SystemPackage

/// References read straight from their files: for commands that must answer before libgit2 has even started.
///
/// Source: `gitrepository-layout(5)`, `git-pack-refs(1)`.
extension RepositoryLayout {
    /// Returns what `HEAD` of this working tree says.
    ///
    /// - Throws: `GitError.malformed`, or `.unsupportedExtension` where references are not kept in files.
    public func head() throws -> Head {
        try requireReferenceFiles()
        let file = gitDirectory.appending("HEAD")
        let text = trimmedEnd(try FileSystem.readText(file, limit: 8192)[...])
        if let id = ObjectID(text) { return .detached(id) }
        guard let target = symbolicTarget(text), let branch = BranchName(reference: target) else {
            throw GitError.malformed(file, "it names neither a branch nor a commit")
        }
        return .branch(branch, tip: try resolve(reference: target))
    }

    /// Returns the commit that was checked out last in this working tree, whatever became of its branch; `nil` where no
    /// reflog tells.
    public func lastCheckedOut() throws -> ObjectID? {
        if let commit = try head().commit { return commit }
        let log = try textIfPresent(gitDirectory.appending("logs").appending("HEAD"))
        // `<old id> <new id> <who and when>\t<message>`; zeros stand where the branch was deleted.
        let moves = (log ?? "").split(separator: "\n").lazy.reversed().compactMap { line in
            line.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { ObjectID(String($0)) }
        }
        return moves.first { !$0.isZero }
    }

    /// Returns the object that a full reference name leads to, or `nil` when there is no such reference.
    public func resolve(reference name: String) throws -> ObjectID? {
        try requireReferenceFiles()
        return try resolve(name, depth: 0)
    }

    /// Returns the value that `packed-refs` has for a reference, whatever the loose file says; `nil` for none.
    public func packedValue(of name: String) throws -> ObjectID? {
        try requireReferenceFiles()
        let file = commonDirectory.appending("packed-refs")
        guard FileSystem.exists(file) else { return nil }
        return PackedReferences(bytes: try FileSystem.readBytes(file, limit: 1 << 30)).value(of: name)
    }

    /// Whether there may be references beneath `prefix`, which ends in a slash: an answer that costs no look at each.
    public func mayHaveReferences(beneath prefix: String) throws -> Bool {
        try requireReferenceFiles()
        if FileSystem.isDirectory(commonDirectory.appending(String(prefix.dropLast()))) { return true }
        let file = commonDirectory.appending("packed-refs")
        guard FileSystem.exists(file) else { return false }
        return PackedReferences(bytes: try FileSystem.readBytes(file, limit: 1 << 30)).hasAny(beneath: prefix)
    }

    private func resolve(_ name: String, depth: Int) throws -> ObjectID? {
        guard depth < 6, isPlainReferenceName(name) else { return nil }
        let isOwn = !name.hasPrefix("refs/") || name.hasPrefix("refs/worktree/") || name.hasPrefix("refs/bisect/")
        let file = (isOwn ? gitDirectory : commonDirectory).appending(name)
        // A directory stands where branches with this one as prefix are loose; the reference itself may be packed.
        guard try FileSystem.status(file, followLinks: true)?.kind == .file else { return try packedValue(of: name) }
        // Gone means packed between the two looks.
        guard let text = try textIfPresent(file).map({ trimmedEnd($0[...]) }) else { return try packedValue(of: name) }
        if let id = ObjectID(text) { return id }
        guard let target = symbolicTarget(text) else { throw GitError.malformed(file, "it holds no object id") }
        return try resolve(target, depth: depth + 1)
    }

    var keepsReferencesInFiles: Bool {
        format.extensions["refstorage"].map { $0.lowercased() == "files" } ?? true
    }

    private func requireReferenceFiles() throws {
        guard !keepsReferencesInFiles, let storage = format.extensions["refstorage"] else { return }
        throw GitError.unsupportedExtension(name: "refstorage", value: storage, at: commonDirectory)
    }
}

/// The name after `ref: `, or `nil`.
private func symbolicTarget(_ text: String) -> String? {
    guard text.hasPrefix("ref:") else { return nil }
    return String(text.dropFirst(4).drop { $0 == " " || $0 == "\t" })
}

/// The content of a small file, or `nil` when it is not there.
func textIfPresent(_ file: FilePath) throws(HostError) -> String? {
    do {
        return String(decoding: try FileSystem.readBytes(file), as: UTF8.self)
    } catch {
        if case .failed(_, _, let code) = error, code == .noSuchFileOrDirectory { return nil }
        throw error
    }
}

/// Whether `name` can be joined to a directory without leaving it.
private func isPlainReferenceName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("/") && !name.utf8.contains(0)
        && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
}
