import HostSystem
import Model
import SystemPackage

/// Whether a hook fires in one working tree.
public struct HookStatus: Hashable, Sendable {
    /// Whether it fires, and if not, why.
    public enum State: Hashable, Sendable {
        /// Git ran it, and it answered; `reference-transaction` has refused a change to prove that it can.
        case fires
        /// Nothing of ours is in the directory that Git looks in from here.
        case notInstalled
        /// Ours is there, but Git did not run it.
        case silent
    }

    public let hook: HookName
    /// The top of the working tree, or the bare repository.
    public let worktree: FilePath
    public let state: State
}

extension HookInstaller {
    /// Asks Git to run each hook, in each working tree, and looks whether ours answers.
    ///
    /// `reference-transaction` is proved by a throw-away reference: its creation must be refused. Nothing stays behind.
    public func status() async throws -> [HookStatus] {
        var result: [HookStatus] = []
        for worktree in try await program.worktrees() where worktree.prunableBecause == nil {
            // From one that does not lead back here, Git runs nothing of ours.
            guard let git = worktree.isBare ? program : try? program.inWorktree(worktree.path) else { continue }
            let directory = try await git.hooksDirectory()
            for hook in expectedHooks {
                let state: HookStatus.State
                if try await git.answers(hook) {
                    state = .fires
                } else {
                    let isThere = try HookFile(at: directory.appending(hook.rawValue)).isOurs
                    state = isThere ? .silent : .notInstalled
                }
                result.append(HookStatus(hook: hook, worktree: worktree.path, state: state))
            }
        }
        return result
    }
}

extension GitProgram {
    /// Whether our hook of this name answers when Git runs it from this working tree.
    func answers(_ hook: HookName) async throws -> Bool {
        let answer = "headgate: probe of \(hook.rawValue)"
        switch hook {
        case .preReceive:
            // Git runs it for pushes only; its name and content have to do.
            return try HookFile(at: try await hooksDirectory().appending(hook.rawValue)).isOurs
        case .referenceTransaction:
            let name = "refs/headgate/probe/\(UInt64.random(in: .min ... .max))"
            let blob = try await requireID(["hash-object", "-w", "--stdin"])
            let result = try await run(["update-ref", "--end-of-options", name, blob.hex])
            if result.succeeded {
                try await require(["update-ref", "-d", "--end-of-options", name])
                return false
            }
            return result.errorText.contains(answer)
        default:
            // A hook that is not ours would do its work now, so only ours is run.
            guard try HookFile(at: try await hooksDirectory().appending(hook.rawValue)).isOurs else { return false }
            let result = try await run(
                ["hook", "run", "--ignore-missing", hook.rawValue], extraVariables: ["HEADGATE_PROBE": "1"])
            return (result.errorText + result.outputText).contains(answer)
        }
    }
}
