import HostSystem
import Model
import SystemPackage

/// Where the parts of a repository lie, found by reading a few small files and without starting libgit2 or Git.
///
/// Source: `gitrepository-layout(5)`.
public struct RepositoryLayout: Hashable, Sendable {
    /// The directory with `HEAD` and `index` of this working tree: `<common>`, or `<common>/worktrees/<id>`.
    public let gitDirectory: FilePath
    /// The directory that all worktrees share, with `objects`, `refs` and `config`.
    public let commonDirectory: FilePath
    /// The top of the working tree, or `nil` in a bare repository.
    public let workTree: FilePath?
    public let format: RepositoryFormat

    public init(
        gitDirectory: FilePath, commonDirectory: FilePath, workTree: FilePath?, format: RepositoryFormat
    ) {
        self.gitDirectory = gitDirectory
        self.commonDirectory = commonDirectory
        self.workTree = workTree
        self.format = format
    }

    public var isBare: Bool { workTree == nil }

    public var isLinkedWorktree: Bool { gitDirectory != commonDirectory }

    /// The working tree that is not linked, or `nil` when the common directory is that of a bare repository.
    public var mainWorkTree: FilePath? {
        if !isLinkedWorktree { return workTree }
        if format.isBare { return nil }
        if let configured = format.workTree {
            return commonDirectory.pushing(FilePath(configured)).lexicallyNormalized()
        }
        return commonDirectory.lastComponent?.string == ".git" ? commonDirectory.removingLastComponent() : nil
    }

    /// The private directory of Headgate, `<common>/headgate`.
    public var headgateDirectory: FilePath { commonDirectory.appending("headgate") }

    /// The lock that is held around every change of the list of worktrees.
    public var worktreesLock: FilePath { headgateDirectory.appending("locks").appending("worktrees") }

    /// Finds the repository that `path`, an absolute path, lies in.
    ///
    /// Links are resolved first, as Git does. A `.git` that is not a repository is passed over, as Git does.
    ///
    /// - Throws: `GitError.notARepository`, `.malformed`, `HostError`.
    public static func find(from path: FilePath) throws -> RepositoryLayout {
        var directory = try FileSystem.canonical(path)
        while true {
            if let layout = try at(directory) { return layout }
            if directory.components.isEmpty { throw GitError.notARepository(path) }
            directory.removeLastComponent()
        }
    }

    /// Takes the repository that Git's own variables name, as they are inside of hooks.
    ///
    /// - Parameters:
    ///   - gitDirectory: `GIT_DIR`, made absolute.
    ///   - workTree: `GIT_WORK_TREE`, or the working directory of the hook where Git sets none.
    public static func given(gitDirectory: FilePath, workTree: FilePath?) throws -> RepositoryLayout {
        let gitDirectory = try FileSystem.canonical(gitDirectory)
        guard isGitDirectory(gitDirectory) else { throw GitError.notARepository(gitDirectory) }
        return try opened(gitDirectory: gitDirectory, workTree: workTree.map { try FileSystem.canonical($0) })
    }

    /// The layout of the repository at exactly `directory`, or `nil` when there is none.
    private static func at(_ directory: FilePath) throws -> RepositoryLayout? {
        let dotGit = directory.appending(".git")
        switch try FileSystem.status(dotGit, followLinks: true)?.kind {
        case .directory? where isGitDirectory(dotGit):
            return try opened(gitDirectory: FileSystem.canonical(dotGit), workTree: directory)
        case .file?:
            let text = try FileSystem.readText(dotGit, limit: 8192)
            guard text.hasPrefix("gitdir: ") else {
                throw GitError.malformed(dotGit, "it does not begin with `gitdir: `")
            }
            let target = FilePath(trimmedEnd(text.dropFirst("gitdir: ".count)))
            let gitDirectory = directory.pushing(target)
            guard isGitDirectory(gitDirectory) else { throw GitError.worktreeMissing(gitDirectory) }
            return try opened(gitDirectory: FileSystem.canonical(gitDirectory), workTree: directory)
        default:
            return isGitDirectory(directory) ? try opened(gitDirectory: directory, workTree: nil) : nil
        }
    }

    private static func opened(gitDirectory: FilePath, workTree: FilePath?) throws -> RepositoryLayout {
        let common = try commonDirectory(of: gitDirectory)
        let format = try RepositoryFormat(readingConfigurationOf: common)
        var workTree = workTree
        if gitDirectory == common {
            if format.isBare {
                workTree = nil
            } else if let configured = format.workTree {
                workTree = common.pushing(FilePath(configured)).lexicallyNormalized()
            }
        }
        return RepositoryLayout(
            gitDirectory: gitDirectory, commonDirectory: common, workTree: workTree, format: format)
    }

    private static func commonDirectory(of gitDirectory: FilePath) throws -> FilePath {
        let pointer = gitDirectory.appending("commondir")
        guard FileSystem.exists(pointer) else { return gitDirectory }
        let text = trimmedEnd(try FileSystem.readText(pointer, limit: 8192)[...])
        return try FileSystem.canonical(gitDirectory.pushing(FilePath(text)))
    }

    /// Git's own test: a `HEAD`, and `objects` and `refs` there or in the common directory. Source: setup.c.
    private static func isGitDirectory(_ path: FilePath) -> Bool {
        guard FileSystem.exists(path.appending("HEAD")) else { return false }
        if FileSystem.exists(path.appending("commondir")) { return true }
        return FileSystem.isDirectory(path.appending("objects")) && FileSystem.isDirectory(path.appending("refs"))
    }
}

/// Drops line ends and spaces at the end.
func trimmedEnd(_ text: Substring) -> String {
    var text = text
    while let last = text.unicodeScalars.last, last == "\n" || last == "\r" || last == " " {
        text.unicodeScalars.removeLast()
    }
    return String(text)
}
