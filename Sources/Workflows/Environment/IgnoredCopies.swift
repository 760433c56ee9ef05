import Git
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Gives a new workspace copies of the ignored files that `copy_ignored` names, and of those that the main protected
/// branch's `.worktreeinclude` does, from the main working tree.
///
/// Only what Git ignores is copied, nothing is written over, and no link leads a copy out of the workspace. A branch cannot
/// bring secrets of its choice along: `copy_ignored` must be approved, and its own `.worktreeinclude` does not count.
struct IgnoredCopies {
    let project: Project
    let loaded: LoadedConfiguration

    /// - Throws: `IgnoredCopyError`; `GitError`; `HostError` when the disk fails or is full.
    func callAsFunction(to workspace: FilePath) async throws {
        guard let main = project.layout.mainWorkTree, main != workspace else { return }
        let patterns = try await included() + loaded.configuration.copyIgnored.map { "/" + $0 }
        if patterns.isEmpty { return }
        let git = project.workTree == main ? project.git : try project.git.inWorktree(main)
        let places =
            loaded.configuration.sources.compactMap { $0.path.map { FilePath($0).lexicallyNormalized() } } + [
                ".headgate"
            ]
        let files = try await git.ignoredFiles(matching: patterns).filter { file in
            !places.contains { file.starts(with: $0) }
        }
        try requireNoVirtualEnvironment(files, in: main)
        try requireSmall(files, in: main)
        let copy = TreeCopy(method: .auto, width: 1)
        for file in files {
            let target = workspace.pushing(file)
            guard try !FileSystem.exists(target) && FileSystem.status(target) == nil,
                let parent = try directory(file.removingLastComponent(), in: workspace), let name = file.lastComponent,
                let kind = try FileSystem.status(main.pushing(file))?.kind, kind == .file || kind == .symbolicLink
            else { continue }
            _ = try await copy.copy(main.pushing(file), to: parent.appending(name))
        }
    }

    /// The lines of `.worktreeinclude` at the tip that decides what is trusted.
    private func included() async throws -> [String] {
        guard let tip = try await project.trustedCommit(loaded.configuration),
            let bytes = try await project.repository().blob(at: ".worktreeinclude", inCommit: tip)
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
            .filter { !$0.hasPrefix("#") && $0.contains { $0 != " " && $0 != "\t" } }
    }

    /// Makes a directory of the workspace, or returns `nil` where a link of the branch would lead out of it, or a file
    /// stands there.
    private func directory(_ path: FilePath, in workspace: FilePath) throws -> FilePath? {
        var place = workspace
        for component in path.components {
            place.append(component)
            guard let status = try FileSystem.status(place) else {
                try FileSystem.makeDirectories(place)
                continue
            }
            if status.kind != .directory { return nil }
        }
        return place
    }

    /// A virtual environment holds the absolute path of the place that it was made for, and its programs would go on
    /// working there. Source: <https://docs.python.org/3/library/venv.html>, "not movable or copyable".
    private func requireNoVirtualEnvironment(_ files: [FilePath], in main: FilePath) throws {
        for file in files where file.lastComponent?.string == "pyvenv.cfg" {
            let text = try FileSystem.readText(main.pushing(file))
            let isRelocatable = text.split(separator: "\n").contains {
                let parts = $0.split(separator: "=").map { $0.filter { $0 != " " }.lowercased() }
                return parts == ["relocatable", "true"]
            }
            if !isRelocatable { throw IgnoredCopyError.virtualEnvironment(file.removingLastComponent()) }
        }
    }

    private func requireSmall(_ files: [FilePath], in main: FilePath) throws {
        let limit = loaded.configuration.store.copyLimit.bytes
        var bytes: Int64 = 0
        for file in files { bytes += try FileSystem.status(main.pushing(file))?.size ?? 0 }
        if bytes > limit { throw IgnoredCopyError.tooLarge(files: files.count, bytes: bytes, limit: limit) }
    }
}

/// Why ignored files are not copied to a new workspace.
public enum IgnoredCopyError: DiagnosableError, Hashable {
    case virtualEnvironment(FilePath)
    case tooLarge(files: Int, bytes: Int64, limit: Int64)

    public var diagnosis: Diagnosis {
        switch self {
        case .virtualEnvironment(let path):
            Diagnosis(
                problem: "`\(path)` is not copied to the new workspace",
                reason: "it is a virtual environment, whose programs name the place that it was made for",
                remedy: "take it out of `copy_ignored` or .worktreeinclude, and let `setup:` make it, such as "
                    + "`setup: {run: \"uv sync --frozen\", inputs: [uv.lock], outputs: [\(path)]}`; or make it with `uv venv --relocatable`"
            )
        case .tooLarge(let files, let bytes, let limit):
            Diagnosis(
                problem: "the ignored files are not copied to the new workspace",
                reason: "\(counted(files, "file")), \(ByteCount(bytes).readable), are more than `store: copy_limit:` "
                    + "(\(ByteCount(limit).readable))",
                remedy: "name fewer in `copy_ignored` or .worktreeinclude, or make them a source")
        }
    }

    public var exitStatus: ExitStatus { .configuration }
}
