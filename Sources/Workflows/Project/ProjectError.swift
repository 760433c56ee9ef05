import Model
import SystemPackage

/// What keeps a command from working on a project.
public enum ProjectError: DiagnosableError, Hashable {
    case noConfiguration(FilePath)
    case detachedHead(FilePath)
    case unbornBranch(BranchName)
    case noProtectedBranch
    case kindNotAvailable(source: String, kind: Source.Kind)
    case noSuchVariation(String, known: [String])
    case untrusted(changes: [String])
    case noLocation(source: String)
    case noSandbox(String?, remedy: String?)
    case noTracer
    /// The repository belongs to another user, and its Headgate directory may not be written.
    case notWritable(FilePath)

    public var diagnosis: Diagnosis {
        switch self {
        case .noConfiguration(let directory):
            Diagnosis(
                problem: "\(directory) has no headgate.yaml", remedy: "run `headgate init` there to make one")
        case .detachedHead(let directory):
            Diagnosis(
                problem: "no branch is checked out", reason: "HEAD is detached in \(directory)",
                remedy: "run `git switch <branch>`, or name the environment with `--env <branch>`")
        case .unbornBranch(let branch):
            Diagnosis(
                problem: "the branch `\(branch.rawValue)` has no commit yet",
                reason: "an environment belongs to a branch, and a branch begins with a commit",
                remedy: "commit something on it, or run `git switch` to go to another branch")
        case .noProtectedBranch:
            Diagnosis(
                problem: "no protected branch exists",
                reason: "none of the protected names in `environments:` is a branch of this repository",
                remedy: "name the target with `--into`, or protect a branch in headgate.yaml")
        case .kindNotAvailable(let source, let kind):
            Diagnosis(
                problem: "source \(source) cannot be pinned",
                reason: "sources of kind `\(kind.rawValue)` are not available in this version",
                remedy: "use `kind: files`, or remove the source")
        case .noSuchVariation(let name, let known):
            Diagnosis(
                problem: "there is no variation `\(name)`",
                reason: known.isEmpty ? "headgate.yaml has none" : "headgate.yaml has \(known.joined(separator: ", "))")
        case .untrusted(let changes):
            Diagnosis(
                problem: "this branch changes what acts outside the sandbox",
                reason: changes.joined(separator: "\n"),
                remedy: "read the change; if it is right, run `headgate trust`")
        case .noLocation(let source):
            Diagnosis(
                problem: "source \(source) has no place",
                remedy: "give it a `location` or a `path` in headgate.yaml")
        case .noSandbox(let reason, let remedy):
            Diagnosis(
                problem: "hermetic steps need the sandbox, which does not work here", reason: reason, remedy: remedy)
        case .notWritable(let repository):
            Diagnosis(
                problem: "the repository at \(repository) belongs to another user",
                reason: "you may not write in its Git directory, where Headgate keeps what it knows",
                remedy: "work in a clone of your own: `git clone \(shellWord(repository.string))`")
        case .noTracer:
            Diagnosis(
                problem: "`--trace` needs the program strace", reason: "it is not in any directory of PATH",
                remedy:
                    "install it, as with `apt install strace`, or use `--hermetic`, which hides what is not declared")
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .noConfiguration, .kindNotAvailable, .untrusted, .noLocation: .configuration
        case .detachedHead, .unbornBranch, .noProtectedBranch, .noSandbox, .noTracer, .notWritable: .refused
        case .noSuchVariation: .usage
        }
    }
}
