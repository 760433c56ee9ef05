import Model
import SystemPackage

/// What keeps a command from working on a project.
public enum ProjectError: DiagnosableError, Hashable {
    case noConfiguration(FilePath)
    /// The same, and the working tree is or was sparse.
    case configurationLeftOut(FilePath)
    case detachedHead(FilePath)
    case unbornBranch(BranchName)
    case noProtectedBranch
    case noSuchVariation(String, known: [String])
    case untrusted(changes: [String], place: TrustPlace = .here)
    case noLocation(source: String)
    case noSandbox(String?, remedy: String?)
    case noTracer
    /// Without a sandbox nothing can be shown in the place of the live data of a writable source.
    case liveData(source: String, path: String, reason: String?, remedy: String?)
    /// A database keeps logs beside itself, so that no other can be shown in its place alone.
    case liveDatabase(source: String, path: String)
    /// The repository belongs to another user, and its Headgate directory may not be written.
    case notWritable(FilePath)

    public var diagnosis: Diagnosis {
        switch self {
        case .noConfiguration(let directory):
            Diagnosis(
                problem: "\(directory) has no headgate.yaml", remedy: "run `headgate init` there to make one")
        case .configurationLeftOut(let directory):
            Diagnosis(
                problem: "\(directory) has no headgate.yaml", reason: "its sparse checkout may leave the file out",
                remedy:
                    "run `git sparse-checkout add headgate.yaml` if the branch has one, `headgate init` if it has none")
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
        case .noSuchVariation(let name, let known):
            Diagnosis(
                problem: "there is no variation `\(name)`",
                reason: known.isEmpty ? "headgate.yaml has none" : "headgate.yaml has \(known.joined(separator: ", "))")
        case .untrusted(let changes, let place):
            Diagnosis(
                problem: "this branch changes what acts outside the sandbox",
                reason: changes.joined(separator: "\n"),
                remedy: "read the change; if it is right, \(place.remedy)")
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
        case .liveData(let source, let path, let reason, let remedy):
            Diagnosis(
                problem: "the command would change the live data of the source `\(source)`",
                reason:
                    "`\(path)` holds it in this workspace, and only a sandbox can show the environment's own copy there"
                    + (reason.map { "; \($0)" } ?? ""),
                remedy: (remedy.map { "\($0), or " } ?? "")
                    + "work in a linked workspace: `headgate switch -c <branch>`")
        case .liveDatabase(let source, let path):
            Diagnosis(
                problem: "this workspace cannot have a copy of its own of the database `\(source)`",
                reason:
                    "`\(path)` holds the live one here; a copy shown in its place would write its logs beside the live one",
                remedy: "keep the live database elsewhere and name that place in `sources: \(source): location:`, "
                    + "or work in a linked workspace: `headgate switch -c <branch>`")
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .noConfiguration, .configurationLeftOut, .untrusted, .noLocation, .liveDatabase:
            .configuration
        case .detachedHead, .unbornBranch, .noProtectedBranch, .noSandbox, .noTracer, .liveData, .notWritable: .refused
        case .noSuchVariation: .usage
        }
    }
}

/// Where a configuration can be approved.
public enum TrustPlace: Hashable, Sendable {
    case here
    /// In the workspace of the branch that brings it.
    case workspace(FilePath)
    /// The branch that brings it is checked out nowhere.
    case branch(BranchName)

    var remedy: String {
        switch self {
        case .here: "run `headgate trust`"
        case .workspace(let path): "run `headgate -C \(shellWord(path.string)) trust`, then try again"
        case .branch(let branch):
            "go to its workspace with `headgate switch \(quoted(branch))`, run `headgate trust` there, then try again"
        }
    }
}
