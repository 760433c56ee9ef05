import HostSystem
import Model
import SystemPackage

/// Everything of a user's that a project holds: each file by hash and mode, each reference, each index.
///
/// What Headgate makes for itself, and the outputs of steps, which it can make again, are left out.
struct Inventory: Equatable {
    private(set) var items: [String: String] = [:]

    init(of lane: Lane) async throws {
        let git = lane.project.appending(".git")
        try addFiles(beneath: lane.project, leavingOut: [".git", "out", ".headgate"])
        try addFiles(beneath: git.appending("hooks"), leavingOut: [])
        try addFiles(beneath: git.appending("shared"), leavingOut: [])
        try addFile(git.appending("config"))
        for line in try await lane.repository.git("for-each-ref", "--format=%(refname) %(objectname)").split(
            separator: "\n")
        {
            let parts = line.split(separator: " ").map(String.init)
            let isOurs = parts[0].hasPrefix("refs/headgate/") || parts[0] == "refs/notes/headgate"
            if !isOurs { items["reference \(parts[0])"] = parts[1] }
        }
        for workspace in try await workspaces(lane) {
            if workspace != lane.project { try addFiles(beneath: workspace, leavingOut: ["out", ".headgate"]) }
            items["index \(workspace)"] = try await lane.repository.git("ls-files", "--stage", in: workspace)
            items["status \(workspace)"] = try await lane.repository.git(
                "status", "--porcelain=v2", "--untracked-files=all", in: workspace
            ).split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
            let entry = try gitDirectory(of: workspace)
            items["head \(workspace)"] = try FileSystem.readText(entry.appending("HEAD"))
            try addFile(entry.appending("logs/HEAD"), as: "log \(workspace)")
        }
    }

    /// The working trees of people; candidates are Headgate's own.
    private func workspaces(_ lane: Lane) async throws -> [FilePath] {
        try await lane.repository.git("worktree", "list", "--porcelain").split(separator: "\n")
            .filter { $0.hasPrefix("worktree ") }.map { FilePath(String($0.dropFirst("worktree ".count))) }
            .filter { !$0.starts(with: lane.environments.appending(".candidates")) }
    }

    /// Where `HEAD`, index and reflog of a working tree lie.
    private func gitDirectory(of workspace: FilePath) throws -> FilePath {
        let pointer = workspace.appending(".git")
        if FileSystem.isDirectory(pointer) { return pointer }
        return FilePath(String(try FileSystem.readText(pointer).dropFirst("gitdir: ".count).dropLast()))
    }

    private mutating func addFiles(beneath root: FilePath, leavingOut names: Set<String>) throws {
        guard FileSystem.isDirectory(root) else { return }
        for name in try FileSystem.list(root) where !names.contains(name.string) {
            let path = root.appending(name)
            if try FileSystem.requireStatus(path).kind == .directory {
                try addFiles(beneath: path, leavingOut: [])
            } else {
                try addFile(path)
            }
        }
    }

    private mutating func addFile(_ path: FilePath, as name: String? = nil) throws {
        guard let status = try FileSystem.status(path) else { return }
        let content =
            status.kind == .symbolicLink
            ? "link to \(try FileSystem.readLink(path))" : try FileHasher.hash(path).prefix(16)
        items[name ?? "file \(path)"] = "\(String(status.mode & 0o777, radix: 8)) \(content)"
    }

    /// What differs, but for the items that `mayChange` names and those that `mayAppear` does.
    func differences(
        from before: Inventory, mayChange: (String) -> Bool = { _ in false },
        mayAppear: (String) -> Bool = { _ in false }
    ) -> [String] {
        var found: [String] = []
        for (name, value) in before.items where !mayChange(name) && items[name] != value {
            found.append("\(name): was \(value), is \(items[name] ?? "gone")")
        }
        for (name, value) in items where before.items[name] == nil && !mayChange(name) && !mayAppear(name) {
            found.append("\(name): appeared as \(value)")
        }
        return found.sorted()
    }
}
