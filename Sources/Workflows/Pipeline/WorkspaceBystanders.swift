import Git
import Model
import Pipelines
import SystemPackage

/// Finds the files of a workspace that a clean checkout of its commit would not have, or not so.
struct WorkspaceBystanders: Sendable {
    let git: GitProgram
    let configuration: ProjectConfiguration
    let pipeline: ResolvedPipeline

    /// What tools leave behind and no step reads.
    private static let debris: Set<String> = [
        "__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store",
    ]

    /// Changed tracked files and untracked ones, ignored or not; without sources, outputs, and what is Headgate's own.
    func callAsFunction() async throws -> [Bystander] {
        let accounted = Set(
            [".headgate", "headgate.local.yaml"] + configuration.sources.compactMap(\.path)
                + pipeline.steps.flatMap(\.outputs) + (pipeline.setup?.outputs ?? []))
        let status = try await git.status(untracked: false)
        let changed = status.staged + status.changed + status.conflicts
        let untracked = try await git.untrackedFiles(includingIgnored: true)
        return Set(changed).map { Bystander(path: $0.string, isTracked: true) }.filter {
            !isAccounted($0.path, accounted)
        }
            + untracked.map { Bystander(path: $0.string, isTracked: false) }.filter { bystander in
                !isAccounted(bystander.path, accounted)
                    && !bystander.path.split(separator: "/").contains { Self.debris.contains(String($0)) }
            }
    }

    /// Whether the path, or a directory above it, is accounted for.
    private func isAccounted(_ path: String, _ accounted: Set<String>) -> Bool {
        if accounted.contains(path) { return true }
        return path.utf8.indices.contains { index in
            path.utf8[index] == UInt8(ascii: "/") && accounted.contains(String(path[..<index]))
        }
    }
}
