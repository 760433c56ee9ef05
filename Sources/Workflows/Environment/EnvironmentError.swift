import Model
import SystemPackage

/// What keeps an environment from being made, used or removed.
public enum EnvironmentError: DiagnosableError, Hashable {
    case noWorkspace(BranchName)
    case underWay(BranchName, EnvironmentState)
    case noSuchBranch(BranchName, similar: [BranchName])
    case branchExists(BranchName)
    /// A branch that is not here, and that more than one remote has.
    case severalRemotes(BranchName, [String])
    case checkedOut(BranchName, at: FilePath)
    case exists(BranchName, at: FilePath?)
    case workspaceTaken(FilePath)
    case trackedSource(source: String, file: FilePath)
    case refused(BranchName, reasons: [String])
    case nothingInTrash(BranchName, holds: [BranchName])
    case placeTaken(FilePath)
    case setupFailed(command: String, status: String, lines: [String])
    case notOurs(BranchName, at: FilePath, kind: WorkspaceKind)
    case missingWorkspace(BranchName, at: FilePath)
    case ownDataChanges(BranchName, [String])
    case dataConflicts(BranchName, [String])

    public var diagnosis: Diagnosis {
        switch self {
        case .noWorkspace(let branch):
            Diagnosis(
                problem: "`\(branch.rawValue)` has no workspace", reason: "it is checked out nowhere",
                remedy: "run `headgate switch \(quoted(branch))`")
        case .underWay(let branch, let state):
            Diagnosis(
                problem: "the environment of `\(branch.rawValue)` is \(state.rawValue)",
                reason: "another command is working on it",
                remedy: state == .trashed
                    ? "run `headgate env undelete \(quoted(branch))`" : "wait for it, then try again")
        case .noSuchBranch(let branch, let similar):
            Diagnosis(
                problem: "there is no branch `\(branch.rawValue)`",
                reason: similar.isEmpty
                    ? nil : "did you mean \(similar.map { "`\($0.rawValue)`" }.joined(separator: " or "))?",
                remedy: "run `headgate switch -c \(quoted(branch))` to make it")
        case .branchExists(let branch):
            Diagnosis(
                problem: "the branch `\(branch.rawValue)` exists already",
                remedy: "run `headgate switch \(quoted(branch))` to go there")
        case .severalRemotes(let branch, let remotes):
            Diagnosis(
                problem: "there is no branch `\(branch.rawValue)` here, and more than one remote has it",
                reason: "it is on \(remotes.joined(separator: ", "))",
                remedy:
                    "say which: `headgate switch -c \(quoted(branch)) --at \(shellWord("\(remotes[0])/\(branch.rawValue)"))`"
            )
        case .checkedOut(let branch, let path):
            Diagnosis(
                problem: "cannot create an environment for `\(branch.rawValue)`",
                reason: "the branch is checked out at \(path)",
                remedy: "work there (`cd \(path)`), or run `git -C \(path) switch --detach` and try again")
        case .exists(let branch, let path):
            Diagnosis(
                problem: "`\(branch.rawValue)` has an environment already",
                reason: path.map { "its workspace is \($0)" },
                remedy: "run `headgate switch \(quoted(branch))` to go there")
        case .workspaceTaken(let path):
            Diagnosis(
                problem: "cannot make a workspace at \(path)", reason: "something is there already",
                remedy: "move it away, then try again")
        case .trackedSource(let source, let file):
            Diagnosis(
                problem: "source \(source) lies on files that Git tracks", reason: "\(file) is tracked",
                remedy: "run `git rm --cached` on it, or give the source another path")
        case .refused(let branch, let reasons):
            Diagnosis(
                problem: "the environment of `\(branch.rawValue)` stays", reason: reasons.joined(separator: "\n"),
                remedy: "settle that first, or use `--force`: it still goes to the trash")
        case .nothingInTrash(let branch, let holds):
            Diagnosis(
                problem: "nothing of `\(branch.rawValue)` is in the trash",
                reason: holds.isEmpty
                    ? "the trash is empty" : "it holds \(holds.map(\.rawValue).joined(separator: ", "))",
                remedy: Spelling.nearest(to: branch.rawValue, among: holds.map(\.rawValue))
                    .flatMap { BranchName($0) }.map { "did you mean `headgate env undelete \(quoted($0))`?" }
                    ?? "run `headgate env create \(quoted(branch))` to make one")
        case .placeTaken(let path):
            Diagnosis(
                problem: "cannot put the environment back", reason: "\(path) is there already",
                remedy: "move it away, then try again")
        case .setupFailed(let command, let status, let lines):
            Diagnosis(
                problem: "`\(command)` failed with \(status)",
                reason: lines.isEmpty ? nil : lines.joined(separator: "\n"),
                remedy: "mend it, then try again; nothing was kept of the new environment")
        case .notOurs(let branch, let path, let kind):
            Diagnosis(
                problem: "the environment of `\(branch.rawValue)` stays",
                reason: kind == .main ? "\(path) is the main working tree" : "\(path) is a worktree that you made",
                remedy: kind == .main
                    ? "it goes with the branch: switch to another one there, then remove it"
                    : "run `git worktree remove \(path)` if it should go")
        case .ownDataChanges(let branch, let changes):
            Diagnosis(
                problem: "the environment of `\(branch.rawValue)` has changed its own data",
                reason: changes.joined(separator: "\n"),
                remedy: "use `--keep-changes` to make them again in the new data, or `--discard` to drop them")
        case .dataConflicts(let branch, let conflicts):
            Diagnosis(
                problem: "the data of `\(branch.rawValue)` cannot be brought up to date",
                reason: conflicts.joined(separator: "\n"),
                remedy: "nothing was touched: change one side, or use `--discard` to take the new data as it is")
        case .missingWorkspace(let branch, let path):
            Diagnosis(
                problem: "the workspace of `\(branch.rawValue)` is gone",
                reason: "\(path) is not there any more",
                remedy: "if you moved it: `git worktree repair <where it is now>`; "
                    + "if it is gone: `headgate env remove \(quoted(branch))`, then `headgate switch \(quoted(branch))`"
            )
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .underWay(_, let state): state == .trashed ? .refused : .tryAgain
        case .trackedSource: .configuration
        default: .refused
        }
    }
}

/// A branch name as a word for a shell, so that a remedy can be pasted.
func quoted(_ branch: BranchName) -> String {
    shellWord(branch.rawValue)
}
