import Configuration
import DataTests
import Gate
import Git
import HostSystem
import Model
import Persistence
import Pipelines

/// Says whether a commit's tree has a verdict that holds, and which part of it, if any, differs here.
public struct VerifyCommit: Sendable {
    /// What is known of a commit's tree.
    public struct Answer: Sendable {
        public let commit: ObjectID
        public let tree: ObjectID
        /// The authentic verdict that decides about the tree, or `nil`.
        public let verdict: Verdict?
        /// Parts of the key that were recomputed here and differ.
        public let differing: [String]
        /// Parts that cannot be recomputed here.
        public let unknown: [String]

        public var holds: Bool { verdict?.outcome.mayLand == true && differing.isEmpty }
    }

    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// Looks up the verdict of the commit's tree and compares the parts of its key that can be computed here.
    ///
    /// - Parameter target: the branch whose verdicts count; `nil` for any.
    /// - Throws: `GitError.unknownRevision`.
    public func callAsFunction(_ commitish: String, judgedFor target: BranchName? = nil) async throws -> Answer {
        let repository = try await project.repository()
        let commit = try await repository.resolve(commitish: commitish)
        let tree = try await repository.tree(of: commit)
        guard let verdict = try await VerdictBook(project: project).decisive(of: tree, for: target) else {
            return Answer(commit: commit, tree: tree, verdict: nil, differing: [], unknown: [])
        }
        let recomputed = try await parts(verdict, commit)
        let differing = recomputed.filter { verdict.parts[$0.key.rawValue] != $0.value }.map(\.key.rawValue).sorted()
        let unknown = verdict.parts.keys.filter { name in
            verdict.parts[name]?.isEmpty == false && !recomputed.keys.contains { $0.rawValue == name }
        }
        return Answer(commit: commit, tree: tree, verdict: verdict, differing: differing, unknown: unknown.sorted())
    }

    private func parts(_ verdict: Verdict, _ commit: ObjectID) async throws -> [VerdictKey.Part: String] {
        guard let configuration = try await project.configuration(at: commit) else { return [:] }
        let target = try await project.configurationOrNil(at: verdict.targetCommit)
        var parts = VerdictParts.definitions(configuration, target: target)
        parts[.format] = VerdictKey.format
        let context = ResolutionContext(
            branch: verdict.target, environmentName: verdict.target.slug, ports: configuration.ports(of: nil),
            local: nil)
        parts.merge(VerdictParts.pipeline(try ConfigurationResolver.resolve(configuration, in: context))) { $1 }
        parts[.isolation] = try await IsolationProbe(project: project)().level.rawValue
        parts[.platform] = PipelineContext.hostPlatform
        let engine = DuckDBEngine.locate(besides: project.host.parts.program, variables: project.host.variables)
        parts[.engine] = try await engine?.version(runner: project.host.runner) ?? "none"
        parts[.tree] = try await project.repository().tree(of: commit).hex
        if let pins = try project.store.environment(for: verdict.target)?.pins,
            pins.count == configuration.sources.count, !pins.isEmpty,
            VerdictParts.data(pins) == verdict.parts[VerdictKey.Part.data.rawValue]
        {
            parts[.data] = VerdictParts.data(pins)
            parts[.pins] = VerdictParts.kinds(pins)
        }
        return parts
    }
}

extension Project {
    /// As `configuration(at:)`, with `nil` also for a commit that is not in this repository any more.
    func configurationOrNil(at commit: ObjectID) async throws -> ProjectConfiguration? {
        guard try await repository().hasCommit(commit) else { return nil }
        return try await configuration(at: commit)
    }
}
