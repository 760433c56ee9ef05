import HostSystem
import Model
import SystemPackage

/// Puts `headgate-hook` into the hooks directory that Git names, beside and before the hooks that are there.
///
/// What is installed is read from the disk, never from a record: `plan()` says what is missing, `installed()` what there
/// is to undo. The caller journals the changes, applies or reverts them one by one, and may do so again after a crash.
public struct HookInstaller: Sendable {
    private let git: GitProgram
    /// The static program that is copied.
    private let hookProgram: FilePath
    private let options: Options

    /// What is installed, and where it may be.
    public struct Options: Sendable {
        public var hooks: [HookName] = HookName.client
        /// Install even where the hooks directory lies inside a working tree.
        public var allowsWorkTree = false
        /// The remote with which verdicts are exchanged by plain `git fetch` as well; `nil` for none.
        public var verdictRemote: String?

        public init() {}
    }

    public init(_ git: GitProgram, hookProgram: FilePath, options: Options = Options()) {
        self.git = git
        self.hookProgram = hookProgram
        self.options = options
    }

    /// Returns what has to be changed, in order; empty when everything is in place.
    ///
    /// - Throws: `GitError.hooksDirectoryInWorkTree`, `.hooksDirectoryShared`, or `.destinationExists` when the place for
    ///   a hook that is there is taken.
    public func plan() async throws -> [HookChange] {
        let directory = try await git.hooksDirectory()
        try await requireAcceptable(directory)
        var changes: [HookChange] = FileSystem.isDirectory(directory) ? [] : [.makeDirectory(directory)]
        let program = try FileSystem.readBytes(hookProgram)
        for hook in options.hooks {
            let path = directory.appending(hook.rawValue)
            switch try HookFile(at: path) {
            case .absent: changes.append(.install(hook, at: path, chaining: nil))
            case .ours(let bytes, let mode):
                if bytes != program || mode & 0o111 == 0 { changes.append(.update(hook, at: path)) }
            case .other(let place):
                if let kept = keptElsewhere(path) {
                    // Another tool was installed over ours and runs it as the older hook.
                    if try FileSystem.readBytes(kept) != program { changes.append(.update(hook, at: kept)) }
                    continue
                }
                guard try !FileSystem.exists(place) || HookFile.isSame(path, place) else {
                    throw GitError.destinationExists(place)
                }
                changes.append(.install(hook, at: path, chaining: place))
            }
        }
        for (key, value) in verdictConfiguration() where try await !git.localConfiguration(key).contains(value) {
            changes.append(.addConfiguration(key: key, value: value))
        }
        return changes
    }

    /// Returns what installing has changed and reverting would undo, in the order in which it was done.
    public func installed() async throws -> [HookChange] {
        let directory = try await git.hooksDirectory()
        var changes: [HookChange] = []
        if FileSystem.exists(madeDirectoryMark), try FileSystem.readText(madeDirectoryMark) == directory.string + "\n" {
            changes.append(.makeDirectory(directory))
        }
        for hook in HookName.allCases {
            let path = directory.appending(hook.rawValue)
            let chained = HookFile.chained(beside: path)
            // Where another tool took away what stands at the path, the hook that is kept still has to come back.
            let isGone = chained != nil && !FileSystem.exists(path)
            let ours = try HookFile(at: path).isOurs || isGone ? path : keptElsewhere(path)
            guard let ours else { continue }
            changes.append(.install(hook, at: ours, chaining: chained))
        }
        for (key, value) in verdictConfiguration() where try await git.localConfiguration(key).contains(value) {
            changes.append(.addConfiguration(key: key, value: value))
        }
        return changes
    }

    /// Returns what uninstalling will leave because it is not ours to remove, one sentence each with the reason.
    public func remains() async throws -> [String] {
        let directory = try await git.hooksDirectory()
        var sentences: [String] = []
        for hook in options.hooks {
            let path = directory.appending(hook.rawValue)
            switch try HookFile(at: path) {
            case .absent: break
            case .ours(let bytes, _):
                guard HookFile.hasForeignEnd(bytes) else { break }
                let place = try HookFile.setAside(path)
                sentences.append("\(path) was added to since it was installed: it is kept as \(place), and not run")
            case .other:
                if keptElsewhere(path) != nil {
                    sentences.append("\(path) is another tool's, which ran Headgate's as the older hook")
                } else if let chained = HookFile.chained(beside: path) {
                    sentences.append(
                        "\(path) was put there by another tool since; the hook from before Headgate is at \(chained), "
                            + "and is not run: join the two, or delete one")
                } else {
                    sentences.append("\(path) is another tool's, and stays as it is")
                }
            }
        }
        return sentences
    }

    /// Brings one change into effect.
    public func apply(_ change: HookChange) async throws {
        switch change {
        case .makeDirectory(let path):
            guard !FileSystem.isDirectory(path) else { return }
            try FileSystem.makeDirectories(madeDirectoryMark.removingLastComponent(), mode: 0o700)
            try FileSystem.replace(madeDirectoryMark, withText: path.string + "\n")
            try FileSystem.makeDirectories(path)
        case .install(_, let path, let chained):
            if try HookFile(at: path).isOurs { return }
            if let chained { try HookFile.keep(path, as: chained) }
            try FileSystem.replace(path, with: try FileSystem.readBytes(hookProgram), mode: 0o755)
        case .update(_, let path):
            guard try HookFile(at: path).isOurs else { throw GitError.changedSincePlanned(path) }
            try HookFile.keepForeignEnd(path)
            try FileSystem.replace(path, with: try FileSystem.readBytes(hookProgram), mode: 0o755)
        case .addConfiguration(let key, let value):
            if try await git.localConfiguration(key).contains(value) { return }
            try await git.addConfiguration(key, value)
        }
    }

    /// Undoes one change: the hook that was kept comes back as it was, byte for byte and with its mode.
    public func revert(_ change: HookChange) async throws {
        switch change {
        case .makeDirectory(let path):
            if FileSystem.isDirectory(path), try FileSystem.list(path).isEmpty { try FileSystem.removeDirectory(path) }
            try FileSystem.remove(madeDirectoryMark)
        case .install(_, let path, let chained):
            guard try HookFile(at: path).isOurs else {
                guard FileSystem.exists(path) else { return try HookFile.putBack(chained, to: path) }
                return  // Undone before, or replaced by somebody since: what is there is not ours.
            }
            try HookFile.keepForeignEnd(path)
            if let chained, FileSystem.exists(chained) {
                try HookFile.putBack(chained, to: path)
            } else {
                try FileSystem.remove(path)
            }
        case .update: break
        case .addConfiguration(let key, let value): try await git.removeConfiguration(key, value)
        }
    }

    /// Removes what a killed change left half written in the hooks directory; no change may be under way.
    public func removeLeftovers() async throws {
        let directory = try await git.hooksDirectory()
        if FileSystem.isDirectory(directory) { try FileSystem.removeTemporarySiblings(in: directory) }
    }

    var program: GitProgram { git }
    var expectedHooks: [HookName] { options.hooks }

    /// Writes what `headgate-hook` reads: the protected branches, and the program that decides about them.
    public func writeLists(protected: ProtectedPatterns, program: FilePath) throws {
        try protected.save(git.layout)
        try FileSystem.replace(programFile, withText: program.string + "\n")
    }

    /// The program that the hooks ask, as it is recorded; `nil` where none is.
    public func recordedProgram() throws -> FilePath? {
        guard FileSystem.exists(programFile) else { return nil }
        let path = FilePath(String(try FileSystem.readText(programFile).prefix { $0 != "\n" && $0 != "\r" }))
        return path.isAbsolute ? path : nil
    }

    /// Removes the path of the program and the list, as the last act of an uninstall.
    public func removeLists() throws {
        try FileSystem.remove(programFile)
        try FileSystem.remove(ProtectedPatterns.file(git.layout))
    }

    /// Where `headgate-hook` reads which program decides.
    private var programFile: FilePath { git.layout.headgateDirectory.appending("program") }

    /// Says that the hooks directory was made by us, and may go when it is empty.
    private var madeDirectoryMark: FilePath { git.layout.headgateDirectory.appending("hooks-directory-made") }

    /// Where pre-commit and lefthook keep the hook that they found: ours, if it was there first.
    private func keptElsewhere(_ path: FilePath) -> FilePath? {
        guard let name = path.lastComponent?.string else { return nil }
        return ["legacy", "old"].map { path.removingLastComponent().appending("\(name).\($0)") }
            .first { (try? HookFile(at: $0).isOurs) ?? false }  // An unreadable one is not ours.
    }

    /// Fetched verdicts go beneath `refs/headgate/remotes/`, where `git fetch --prune` deletes none of ours. Pushing them
    /// is left to whoever lands: a configured push refspec would replace `push.default`.
    private func verdictConfiguration() -> [(key: String, value: String)] {
        guard let remote = options.verdictRemote else { return [] }
        return ["verdicts", "audit"].map { kind in
            (key: "remote.\(remote).fetch", value: "+refs/headgate/\(kind)/*:refs/headgate/remotes/\(remote)/\(kind)/*")
        }
    }

    private func requireAcceptable(_ directory: FilePath) async throws {
        let source = try await git.hooksPathSource()
        if let source, ["global", "system"].contains(source.scope) {
            throw GitError.hooksDirectoryShared(directory, setBy: source.origin)
        }
        guard !options.allowsWorkTree, !directory.starts(with: git.layout.commonDirectory) else { return }
        let trees = try await git.worktrees().filter { !$0.isBare }.map(\.path)
        if trees.contains(where: { directory.starts(with: $0) }) {
            throw GitError.hooksDirectoryInWorkTree(directory, setBy: source?.origin)
        }
    }
}

extension GitProgram {
    /// Returns the directory in which Git looks for hooks in this working tree, absolute and through no link.
    public func hooksDirectory() async throws -> FilePath {
        let path = FilePath(try await output(["rev-parse", "--path-format=absolute", "--git-path", "hooks"]))
        guard FileSystem.exists(path) else { return path.lexicallyNormalized() }
        return try FileSystem.canonical(path)
    }

    /// Which configuration sets `core.hooksPath`: its scope (`local`, `worktree`, `global`, `system`) and file; `nil`
    /// when none does.
    func hooksPathSource() async throws -> (scope: String, origin: String)? {
        let result = try await run(["config", "--show-scope", "--show-origin", "--null", "--get", "core.hooksPath"])
        let fields = splitAtNULs(result.output).map { String(decoding: $0, as: UTF8.self) }
        guard result.succeeded, fields.count >= 2 else { return nil }
        return (fields[0], fields[1])
    }
}
