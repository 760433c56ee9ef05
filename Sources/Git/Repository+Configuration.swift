import CLibgit2
import Model

/// Configuration as Git merges it from system, user, repository and worktree. What variables say (`GIT_CONFIG_GLOBAL`,
/// `GIT_CONFIG_COUNT`) and command lines is not seen; `GitProgram.configuration()` sees the former.
extension Repository {
    /// Returns the last value of a key such as `user.name`, or `nil` when it is not set.
    public func configuration(_ key: String) throws(GitError) -> String? {
        let configuration = try configurationHandle()
        var value = git_buf()
        defer { git_buf_dispose(&value) }
        let code = git_config_get_string_buf(&value, configuration.pointer, key)
        if code == GIT_EINVALIDSPEC.rawValue { return nil }
        guard try found(code, "git_config_get_string_buf") else { return nil }
        return value.ptr.map { String(cString: $0) } ?? ""
    }

    /// Returns the truth value of a key, or `nil` when it is not set.
    ///
    /// - Throws: `GitError.library` for a value that Git does not take for a truth value.
    public func configurationFlag(_ key: String) throws(GitError) -> Bool? {
        let configuration = try configurationHandle()
        var value: Int32 = 0
        let code = git_config_get_bool(&value, configuration.pointer, key)
        return try found(code, "git_config_get_bool") ? value != 0 : nil
    }

    /// Returns every value of a key, in the order in which Git reads them.
    public func configurationValues(_ key: String) throws(GitError) -> [String] {
        let configuration = try configurationHandle()
        var pointer: OpaquePointer?
        try check(
            git_config_multivar_iterator_new(&pointer, configuration.pointer, key, nil),
            "git_config_multivar_iterator_new")
        defer { git_config_iterator_free(pointer) }
        var values: [String] = []
        var entry: UnsafeMutablePointer<git_config_entry>?
        while git_config_next(&entry, pointer) == 0, let entry {
            values.append(entry.pointee.value.map { String(cString: $0) } ?? "true")
        }
        return values
    }

    /// Returns the configured name and e-mail address of the user, or `nil` when either is missing.
    public func userIdentity() throws(GitError) -> Identity? {
        guard let name = try configuration("user.name"), let email = try configuration("user.email") else { return nil }
        return Identity(name: name, email: email)
    }

    private func configurationHandle() throws(GitError) -> Handle {
        var live: OpaquePointer?
        try check(git_repository_config(&live, handle.pointer), "git_repository_config")
        let configuration = Handle(live, free: git_config_free)
        if layout.format.extensions["worktreeconfig"] != nil {
            // libgit2 before 1.7 does not know this file; the highest level makes its values the last word, as in Git.
            let file = gitDirectory.appending("config.worktree")
            let code = git_config_add_file_ondisk(
                configuration.pointer, file.string, GIT_CONFIG_LEVEL_APP, handle.pointer, 1)
            if code != GIT_EEXISTS.rawValue { try check(code, "git_config_add_file_ondisk") }
        }
        var snapshot: OpaquePointer?
        try check(git_config_snapshot(&snapshot, configuration.pointer), "git_config_snapshot")
        return Handle(snapshot, free: git_config_free)
    }
}
