import Configuration
import FoundationEssentials
import Git
import HostSystem
import Model
import SystemPackage

/// Reads a configuration without opening the project: it may be wrong, or in a repository without commits.
public struct InspectConfiguration: Sendable {
    /// How much a configuration holds.
    public struct Counts: Sendable {
        public let project: String
        public let steps: Int
        public let sources: Int
        public let tests: Int
    }

    private let project: Project
    private let loaded: LoadedConfiguration
    private let head: BranchName?

    /// The JSON Schema of `headgate.yaml`.
    public static var schema: String { ConfigurationSchema.json }

    /// Reads the configuration of the working tree that `directory` lies in.
    ///
    /// - Throws: `GitError.notARepository`, `ProjectError.noConfiguration`, `ConfigurationError`.
    public init(at directory: FilePath, host: Host) throws {
        let layout = try RepositoryLayout.find(from: directory)
        guard let root = layout.workTree else { throw GitError.bareRepository(layout.commonDirectory) }
        project = try Project(host: host, layout: layout, workTree: root, head: layout.head())
        loaded = try project.configuration(in: root)
        head = try layout.head().branch
    }

    /// Reads and resolves everything, and counts it.
    ///
    /// - Throws: `ConfigurationError`; `ProjectError.liveDatabase` for what this working tree cannot have.
    public func check() throws -> Counts {
        let context = try context(nil)
        let pipeline = try ConfigurationResolver.resolve(loaded.configuration, in: context)
        try SourcePinning(project: project, loaded: loaded, branch: context.branch)
            .requireNoLiveDatabase(in: project.workTree)
        let tests = loaded.configuration.sources.flatMap(\.allTests) + pipeline.steps.flatMap(\.tests)
        return Counts(
            project: loaded.configuration.project, steps: pipeline.steps.count,
            sources: loaded.configuration.sources.count,
            tests: tests.count)
    }

    /// The resolved configuration as YAML with the origin of each value as a comment.
    ///
    /// - Throws: `GitError.noSuchBranch`; `ConfigurationError`.
    public func text(for branch: BranchName?) throws -> String {
        try ConfigurationRender.text(of: loaded.configuration, in: context(branch))
    }

    /// The same as one JSON object.
    public func json(for branch: BranchName?) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let rendered = try ConfigurationRender.object(of: loaded.configuration, in: context(branch))
        return String(decoding: try encoder.encode(rendered), as: UTF8.self) + "\n"
    }

    private func context(_ branch: BranchName?) throws -> ResolutionContext {
        if let branch, branch != head, try project.layout.resolve(reference: branch.reference) == nil {
            throw GitError.noSuchBranch(branch)
        }
        let fallback = BranchName("main")!  // Git's rule allows it.
        let branch = branch ?? head ?? fallback
        return ResolutionContext(
            branch: branch, environmentName: branch.slug, ports: loaded.configuration.ports(of: nil),
            local: loaded.local)
    }
}
