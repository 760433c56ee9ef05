import CLibgit2
import Model
import SystemPackage

/// Owns one `git_repository` and frees it exactly once.
struct RepositoryHandle: ~Copyable {
    let pointer: OpaquePointer

    /// Opens the repository of `layout`, with further object directories; nothing is searched for.
    init(opening layout: RepositoryLayout, quarantine: [FilePath]) throws(GitError) {
        try Libgit2.start()
        if let (name, value) = layout.format.unsupportedExtension {
            throw .unsupportedExtension(name: name, value: value, at: layout.commonDirectory)
        }
        var opened: OpaquePointer?
        let code = git_repository_open_ext(
            &opened, (layout.workTree ?? layout.gitDirectory).string, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
        if code == GIT_EOWNER.rawValue { throw .dubiousOwnership(layout.workTree ?? layout.gitDirectory) }
        try check(code, "git_repository_open_ext")
        do throws(GitError) {
            try addObjects(in: quarantine, to: opened)
        } catch {
            git_repository_free(opened)
            throw error
        }
        pointer = opened!  // libgit2 sets the out-parameter whenever it returns 0.
    }

    deinit { git_repository_free(pointer) }
}

private func addObjects(in directories: [FilePath], to repository: OpaquePointer?) throws(GitError) {
    if directories.isEmpty { return }
    var objects: OpaquePointer?
    try check(git_repository_odb(&objects, repository), "git_repository_odb")
    defer { git_odb_free(objects) }
    for directory in directories {
        try check(git_odb_add_disk_alternate(objects, directory.string), "git_odb_add_disk_alternate")
    }
}

/// libgit2 as a whole.
enum Libgit2 {
    /// Starts libgit2 once in this process.
    static func start() throws(GitError) {
        if case .failure(let error) = started { throw error }
    }

    private static let started: Result<Void, GitError> = {
        do throws(GitError) {
            try check(git_libgit2_init(), "git_libgit2_init")
            try check(headgate_git_enable_fsync(), "GIT_OPT_ENABLE_FSYNC_GITDIR")
            try acceptExtensions(["partialclone", "worktreeconfig", "preciousobjects", "relativeworktrees"])
            return .success(())
        } catch {
            return .failure(error)
        }
    }()

    /// Of these, only what lies in working trees or is missing changes; `RepositoryFormat.unsupportedExtension` has
    /// the same list.
    private static func acceptExtensions(_ names: [StaticString]) throws(GitError) {
        var pointers: [UnsafePointer<CChar>?] = names.map { name in
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        }
        try check(headgate_git_accept_extensions(&pointers, pointers.count), "GIT_OPT_SET_EXTENSIONS")
    }
}

/// Owns any one object of libgit2 and frees it exactly once, with the function that belongs to its type.
struct Handle: ~Copyable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    init(_ pointer: OpaquePointer?, free: @escaping (OpaquePointer?) -> Void) {
        self.pointer = pointer!  // libgit2 sets the out-parameter whenever it returns 0.
        self.free = free
    }

    deinit { free(pointer) }
}

extension ObjectID {
    init(_ id: git_oid) {
        let digits = withUnsafeBytes(of: id) { bytes in
            bytes.flatMap { byte in [hexadecimalDigit(byte >> 4), hexadecimalDigit(byte & 15)] }
        }
        self.init(String(decoding: digits, as: UTF8.self))!  // 20 bytes are 40 lower-case digits.
    }

    /// The id as libgit2 has it.
    ///
    /// - Throws: `GitError.missingObject` for a SHA-256 id, which no repository that libgit2 opens can hold.
    func binary() throws(GitError) -> git_oid {
        var id = git_oid()
        guard hex.utf8.count == 40, git_oid_fromstr(&id, hex) == 0 else {
            throw .missingObject(self, isShallow: false)
        }
        return id
    }
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
