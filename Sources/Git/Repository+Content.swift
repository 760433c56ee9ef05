import CLibgit2
import Model
import SystemPackage

extension Repository {
    /// Returns all files of a tree at or beneath `path`, in the order of their paths' bytes; empty when there are none.
    public func files(inTree tree: ObjectID, beneath path: FilePath? = nil) throws(GitError) -> [TrackedFile] {
        var files: [TrackedFile] = []
        guard let path, !path.isEmpty else {
            try collect(tree, prefix: [], into: &files)
            return files
        }
        guard let entry = try entry(at: path, inTree: tree) else { return [] }
        if entry.isTree {
            try collect(entry.id, prefix: Array(path.pathBytes), into: &files)
        } else {
            files.append(TrackedFile(path: path, mode: entry.mode, id: entry.id))
        }
        return files
    }

    /// Returns the files called `name` in any directory of a tree.
    public func files(named name: String, inTree tree: ObjectID) throws(GitError) -> [TrackedFile] {
        var files: [TrackedFile] = []
        try collect(tree, prefix: [], into: &files, named: Array(name.utf8))
        return files
    }

    /// Returns the file at exactly `path` in a tree, or `nil` when there is none or a directory.
    public func file(at path: FilePath, inTree tree: ObjectID) throws(GitError) -> TrackedFile? {
        guard let entry = try entry(at: path, inTree: tree), !entry.isTree else { return nil }
        return TrackedFile(path: path, mode: entry.mode, id: entry.id)
    }

    /// Returns the tree of the directory at `path` in a tree, or `nil` when there is none.
    public func tree(at path: FilePath, inTree tree: ObjectID) throws(GitError) -> ObjectID? {
        guard let entry = try entry(at: path, inTree: tree), entry.isTree else { return nil }
        return entry.id
    }

    /// Returns the content of the file at `path` in a commit, or `nil` when there is no file; a link's content is
    /// its target, and filters (LFS) are not applied.
    public func blob(at path: FilePath, inCommit commit: ObjectID) throws(GitError) -> [UInt8]? {
        guard let file = try file(at: path, inTree: tree(of: commit)), file.mode != .submodule else { return nil }
        return try blob(file.id)
    }

    /// Returns the content of a blob.
    public func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
        var binary = try id.binary()
        var pointer: OpaquePointer?
        try missing(id, git_blob_lookup(&pointer, handle.pointer, &binary), "git_blob_lookup")
        let blob = Handle(pointer, free: git_blob_free)
        let size = Int(git_blob_rawsize(blob.pointer))
        return Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: size))
    }

    /// Writes a blob and returns its id.
    public func writeBlob(_ content: [UInt8]) throws(GitError) -> ObjectID {
        var id = git_oid()
        try check(
            git_blob_create_from_buffer(&id, handle.pointer, content, content.count), "git_blob_create_from_buffer")
        return ObjectID(id)
    }

    /// Returns the paths that differ between two trees, without looking for renames, in the order of their bytes.
    ///
    /// - Parameter old: `nil` stands for the empty tree.
    public func changedPaths(from old: ObjectID?, to new: ObjectID) throws(GitError) -> [ChangedPath] {
        if old == new { return [] }
        var pointer: OpaquePointer?
        let newTree = try treeHandle(new)
        if let old {
            let oldTree = try treeHandle(old)
            try check(
                git_diff_tree_to_tree(&pointer, handle.pointer, oldTree.pointer, newTree.pointer, nil),
                "git_diff_tree_to_tree")
        } else {
            try check(
                git_diff_tree_to_tree(&pointer, handle.pointer, nil, newTree.pointer, nil), "git_diff_tree_to_tree")
        }
        let diff = Handle(pointer, free: git_diff_free)
        return (0..<git_diff_num_deltas(diff.pointer)).compactMap { index in
            guard let delta = git_diff_get_delta(diff.pointer, index) else { return nil }
            let side = delta.pointee.status == GIT_DELTA_DELETED ? delta.pointee.old_file : delta.pointee.new_file
            let path = FilePath(platformString: side.path)
            return switch delta.pointee.status {
            case GIT_DELTA_ADDED: ChangedPath(path: path, kind: .added)
            case GIT_DELTA_DELETED: ChangedPath(path: path, kind: .deleted)
            case GIT_DELTA_TYPECHANGE: ChangedPath(path: path, kind: .typeChanged)
            default: ChangedPath(path: path, kind: .modified)
            }
        }
    }

    private func collect(
        _ tree: ObjectID, prefix: [UInt8], into files: inout [TrackedFile], named wanted: [UInt8]? = nil
    ) throws(GitError) {
        let tree = try treeHandle(tree)
        for index in 0..<git_tree_entrycount(tree.pointer) {
            guard let entry = git_tree_entry_byindex(tree.pointer, index) else { continue }
            let isTree = git_tree_entry_type(entry) == GIT_OBJECT_TREE
            let name = UnsafeBufferPointer(
                start: git_tree_entry_name(entry), count: strlenOf(git_tree_entry_name(entry)))
            if let wanted, !isTree, !wanted.elementsEqual(name.lazy.map { UInt8(bitPattern: $0) }) { continue }
            let path = (prefix.isEmpty ? [] : prefix + [UInt8(ascii: "/")]) + name.map { UInt8(bitPattern: $0) }
            let id = ObjectID(git_tree_entry_id(entry).pointee)
            if isTree {
                try collect(id, prefix: path, into: &files, named: wanted)
            } else {
                files.append(TrackedFile(path: FilePath(bytes: path), mode: mode(of: entry), id: id))
            }
        }
    }

    private func entry(at path: FilePath, inTree tree: ObjectID) throws(GitError) -> TreeEntryFacts? {
        let tree = try treeHandle(tree)
        var pointer: OpaquePointer?
        let code = path.withPlatformString { git_tree_entry_bypath(&pointer, tree.pointer, $0) }
        guard try found(code, "git_tree_entry_bypath") else { return nil }
        let entry = Handle(pointer, free: git_tree_entry_free)
        return TreeEntryFacts(
            id: ObjectID(git_tree_entry_id(entry.pointer).pointee), mode: mode(of: entry.pointer),
            isTree: git_tree_entry_type(entry.pointer) == GIT_OBJECT_TREE)
    }

    private func mode(of entry: OpaquePointer) -> TrackedFile.Mode {
        TrackedFile.Mode(rawValue: Int32(git_tree_entry_filemode(entry).rawValue)) ?? .file
    }
}

private struct TreeEntryFacts {
    let id: ObjectID
    let mode: TrackedFile.Mode
    let isTree: Bool
}

private func strlenOf(_ text: UnsafePointer<CChar>) -> Int {
    var length = 0
    while text[length] != 0 { length += 1 }
    return length
}

extension FilePath {
    /// Makes a path of bytes as Git gives them; they need not be UTF-8.
    init(bytes: some Sequence<UInt8>) {
        let text = bytes.map { CChar(bitPattern: $0) } + [0]
        self = text.withUnsafeBufferPointer { FilePath(platformString: $0.baseAddress!) }  // It has at least the NUL.
    }

    /// The path's bytes without the NUL at the end.
    var pathBytes: [UInt8] {
        withPlatformString { text in (0..<strlenOf(text)).map { UInt8(bitPattern: text[$0]) } }
    }
}
