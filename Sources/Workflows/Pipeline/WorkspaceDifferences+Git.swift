import Git
import Model
import Pipelines
import SystemPackage

extension GitProgram {
    /// Says what stands in this working tree and not so in its commit; what `configuration` and `pipeline` name, and
    /// what is Headgate's own, is accounted for.
    func differences(
        accounting configuration: ProjectConfiguration, _ pipeline: ResolvedPipeline
    ) async throws -> WorkspaceDifferences {
        let status = try await status(untracked: false)
        let accounted =
            [".headgate", "headgate.local.yaml"] + configuration.sources.compactMap(\.path)
            + pipeline.steps.flatMap(\.outputs) + (pipeline.setup?.outputs ?? [])
        return WorkspaceDifferences(
            changed: status.staged + status.changed + status.conflicts, untracked: try await untrackedPlaces(),
            accounted: Set(accounted), debris: toolDebris)
    }
}

/// What tools leave behind and no step reads.
private let toolDebris: Set<String> = [
    "__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store",
]
