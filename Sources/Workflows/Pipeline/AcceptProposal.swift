import Configuration
import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Makes the edit of `headgate.yaml` that a test of the last run proposed.
public struct AcceptProposal: Sendable {
    let workspace: Workspace

    public init(in workspace: Workspace) {
        self.workspace = workspace
    }

    /// Returns the proposal that was carried out.
    ///
    /// - Throws: `AcceptError.unknown`; `ConfigurationError` when the edit cannot be made by a program.
    public func callAsFunction(_ id: String) throws -> Proposal {
        let proposals =
            try workspace.project.store.lastFinishedRun(of: workspace.environment.branch)?.tests
            .compactMap(\.proposal) ?? []
        guard let proposal = proposals.first(where: { $0.id == id }) else {
            throw AcceptError.unknown(id, known: proposals.map(\.id))
        }
        let text = try ConfigurationEditor.apply(proposal, to: workspace.loaded.text)
        let mode = try FileSystem.requireStatus(workspace.loaded.file).mode & 0o777
        try FileSystem.replace(workspace.loaded.file, withText: text, mode: mode)
        return proposal
    }
}

/// What keeps a proposal from being accepted.
public enum AcceptError: DiagnosableError, Hashable {
    case unknown(String, known: [String])

    public var diagnosis: Diagnosis {
        switch self {
        case .unknown(let id, let known):
            Diagnosis(
                problem: "the last run proposed nothing with the id \(id)",
                reason: known.isEmpty ? "it proposed nothing" : "it proposed \(known.joined(separator: ", "))",
                remedy: "run `headgate run`, and take the id from its output")
        }
    }

    public var exitStatus: ExitStatus { .refused }
}
