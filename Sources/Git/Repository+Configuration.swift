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
