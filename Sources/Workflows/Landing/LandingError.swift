import Git
import Model
import SystemPackage

/// What keeps a merge from being judged or from landing.
public enum LandingError: DiagnosableError, Hashable {
    case sameBranch(BranchName)
    case notProtected(BranchName)
    case notFastForward(branch: BranchName, target: BranchName)
    case behindUpstream(target: BranchName, divergence: Divergence, upstream: String)
    case targetKeptMoving(BranchName)
    case readBackDiffers(BranchName, expected: ObjectID, found: ObjectID?)

    public var diagnosis: Diagnosis {
        switch self {
        case .sameBranch(let branch):
            Diagnosis(
                problem: "cannot merge `\(branch)` into itself", remedy: "name another branch, or another `--into`")
        case .notProtected(let branch):
            Diagnosis(
                problem: "`\(branch)` is not a protected branch",
                reason: "the gate lands on protected branches only",
                remedy: "use `git merge` there, or protect it under `environments:` in headgate.yaml")
        case .notFastForward(let branch, let target):
            Diagnosis(
                problem: "cannot move `\(target)` forward to `\(branch)`",
                reason: "`\(target)` has commits that `\(branch)` lacks",
                remedy: "rebase the branch, or use `--method merge`")
        case .behindUpstream(let target, let divergence, let upstream):
            Diagnosis(
                problem: "`\(target)` lacks \(counted(divergence.behind, "commit")) of "
                    + shortened(upstream),
                reason: "what is tested must be what lands there",
                remedy: divergence.ahead == 0
                    ? "run `git pull --ff-only` on \(target), then try again"
                    : "the two have diverged: `git branch upstream \(shellWord(shortened(upstream)))`, then "
                        + "`headgate merge upstream`, and try again")
        case .targetKeptMoving(let branch):
            Diagnosis(
                problem: "`\(branch)` kept moving while its merge was tested", reason: "five times in a row",
                remedy: "try again")
        case .readBackDiffers(let branch, let expected, let found):
            Diagnosis(
                problem: "`\(branch)` is not at what was tested",
                reason: "expected \(expected.short), found \(found?.short ?? "nothing")",
                remedy: "run `headgate audit`, and compare `git reflog \(branch)`")
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .targetKeptMoving: .tryAgain
        case .readBackDiffers: .inputOutput
        default: .refused
        }
    }
}

/// `origin/main` for `refs/remotes/origin/main`.
func shortened(_ reference: String) -> String {
    for prefix in ["refs/remotes/", "refs/heads/"] where reference.hasPrefix(prefix) {
        return String(reference.dropFirst(prefix.count))
    }
    return reference
}
