import Configuration
import Git
import HostSystem
import Model

/// Whether the parts of a configuration that act outside the sandbox may take effect on this machine.
///
/// They may where they equal the main protected branch's tip, were approved here by `headgate trust`, or are what
/// `headgate init` wrote here. Approvals are kept by the hash of exactly these parts, never in the repository.
struct Trust {
    let project: Project

    /// Requires that the configuration may take effect here.
    ///
    /// - Parameter branch: the branch that brings the configuration, where that is not the one that is checked out here.
    /// - Throws: `ProjectError.untrusted`, naming each difference to the protected branch.
    func require(_ configuration: ProjectConfiguration, of branch: BranchName? = nil) async throws {
        let parts = ConfigurationRender.trustedPart(of: configuration)
        if parts.isEmpty { return }
        if try project.store.setting(name(parts)) != nil { return }
        let known = try await protectedParts(configuration)
        if parts == known { return try approve(parts) }
        throw ProjectError.untrusted(changes: differences(parts, known), place: try await place(of: branch))
    }

    private func place(of branch: BranchName?) async throws -> TrustPlace {
        guard let branch, branch != project.head.branch else { return .here }
        guard let workspace = try await project.workspace(of: branch) else { return .branch(branch) }
        return .workspace(workspace)
    }

    /// What `headgate trust` shows: each part with its text, the ones that need approval first.
    func pending(_ configuration: ProjectConfiguration) async throws -> [String] {
        let parts = ConfigurationRender.trustedPart(of: configuration)
        if try parts.isEmpty || project.store.setting(name(parts)) != nil { return [] }
        return differences(parts, try await protectedParts(configuration))
    }

    func approve(_ configuration: ProjectConfiguration) throws {
        try approve(ConfigurationRender.trustedPart(of: configuration))
    }

    private func approve(_ parts: [String: String]) throws {
        try project.store.set(name(parts), to: project.host.time.now().rfc3339)
    }

    private func name(_ parts: [String: String]) -> String {
        var hasher = FieldHasher(domain: "trust")
        hasher.add("parts", parts)
        return "trusted:" + hasher.finish().hex
    }

    private func protectedParts(_ configuration: ProjectConfiguration) async throws -> [String: String] {
        guard let commit = try await project.trustedCommit(configuration),
            let protected = try await project.configuration(at: commit)
        else { return [:] }
        return ConfigurationRender.trustedPart(of: protected)
    }

    private func differences(_ parts: [String: String], _ known: [String: String]) -> [String] {
        Set(parts.keys).union(known.keys).sorted().filter { parts[$0] != known[$0] }.map { key in
            "\(key): \(known[key] ?? "(not set)") → \(parts[key] ?? "(not set)")"
        }
    }
}

/// Approves, on a person's word, what a workspace's configuration does outside the sandbox.
public struct ApproveConfiguration: Sendable {
    let workspace: Workspace

    public init(in workspace: Workspace) {
        self.workspace = workspace
    }

    /// What differs from the protected branch and was not approved yet, each as one line.
    public func pending() async throws -> [String] {
        try await Trust(project: workspace.project).pending(workspace.configuration)
    }

    /// Approves everything that `pending` named, on this machine.
    public func approve() throws {
        try Trust(project: workspace.project).approve(workspace.configuration)
    }
}
