import Git
import Model
import Persistence

extension LandBranch {
    /// Finishes a landing whose target has moved, and takes one back that has not.
    func recover(_ operation: Operation) async throws {
        let payload = operation.payload
        guard let target = BranchName(operation.subject), let from = ObjectID(payload["from"] ?? ""),
            let commit = ObjectID(payload["commit"] ?? ""), let tree = ObjectID(payload["tree"] ?? "")
        else { return try project.store.finish(operation.id) }
        let landing = LandingRecord(
            kind: .init(rawValue: payload["kind"] ?? "") ?? .landed, branch: target, from: from, commit: commit,
            tree: tree,
            verdict: ContentHash(hex: payload["verdict"] ?? ""), who: payload["who"] ?? "",
            when: project.host.time.now(),
            reason: payload["reason"].flatMap { $0.isEmpty ? nil : $0 })
        let repository = try await project.repository()
        if let tip = try await repository.tip(of: target), try await repository.isAncestor(commit, of: tip) {
            return try await finish(landing, Journal.resume(operation, in: project))
        }
        if operation.lastStep == Step.permit.rawValue { try await putFilesBack(landing) }
        try project.store.revoke(permit(landing))
        try project.store.finish(operation.id)
    }

    /// Undoes what a killed or vetoed movement of the target did to its working tree.
    private func putFilesBack(_ landing: LandingRecord) async throws {
        guard let from = landing.from, let worktree = try await project.git.worktree(of: landing.branch),
            try project.layout.resolve(reference: landing.branch.reference) == from
        else { return }
        do {
            try await project.git.inWorktree(worktree.path).putFilesBack(from: landing.commit, to: from)
        } catch GitError.program(let failure) {
            // Somebody has worked there since. What is there must stay, and must not keep Headgate from working.
            project.host.say(
                "files of the landing that was cut short may be left in \(worktree.path): \(failure.message)")
        }
    }
}
