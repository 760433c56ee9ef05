import Model
import SystemPackage

extension GitError {
    public var diagnosis: Diagnosis {
        switch self {
        case .notARepository(let path):
            Diagnosis(
                problem: "`\(path)` is not in a Git repository",
                reason: "neither it nor a directory above it holds `.git`",
                remedy: "go to your project's directory, or run `git init` there first")
        case .bareRepository(let path):
            Diagnosis(
                problem: "`\(path)` is a bare repository",
                reason: "it has no working tree, so nothing can be run in it",
                remedy: "clone it, and run headgate in the clone")
        case .emptyRepository(let path):
            Diagnosis(
                problem: "the repository at `\(path)` has no commit yet",
                reason: "an environment belongs to a branch, and a branch begins with a commit",
                remedy: "commit what is there (`git add . && git commit`), then try again")
        case .unsupportedExtension(let name, let value, let path):
            Diagnosis(
                problem: "the repository at `\(path)` cannot be read",
                reason: "it uses the extension `extensions.\(name) = \(value)`, which libgit2 does not know",
                remedy: extensionRemedy(name))
        case .dubiousOwnership(let path):
            Diagnosis(
                problem: "the repository at `\(path)` belongs to another user",
                reason: "its configuration and hooks could run that user's programs as you",
                remedy: "if you trust it: `git config --global --add safe.directory \(shellWord(path.string))`")
        case .malformed(let path, let what):
            Diagnosis(
                problem: "`\(path)` is damaged", reason: what, remedy: "run `git fsck`, and restore it from a clone")
        case .unknownRevision(let text):
            Diagnosis(
                problem: "there is no commit `\(text)`", reason: nil,
                remedy: "name a commit, a branch or a tag: `git log --oneline --all` lists the commits")
        case .missingObject(let id, let isShallow):
            Diagnosis(
                problem: "the object \(id.short) is not in the repository",
                reason: isShallow ? "the clone is shallow" : nil,
                remedy: isShallow
                    ? "fetch the whole history: `git fetch --unshallow`" : "run `git fsck`, then `git fetch`")
        case .noSuchBranch(let branch):
            Diagnosis(
                problem: "there is no branch `\(branch)`", reason: nil, remedy: "`git branch -a` lists the branches")
        case .branchExists(let branch):
            Diagnosis(
                problem: "the branch `\(branch)` is there already", reason: nil,
                remedy: "leave out `-c` to use it, or choose another name")
        case .branchInTheWay(let other, let branch):
            Diagnosis(
                problem: "there cannot be a branch `\(branch)`",
                reason: "Git has a branch `\(other)`, and one name is a folder of the other",
                remedy: "choose another name, or rename the other branch: `git branch -m`")
        case .branchCheckedOut(let branch, let path):
            Diagnosis(
                problem: "the branch `\(branch)` is checked out already",
                reason: "the working tree at `\(path)` has it",
                remedy: "work there, or free it with `git -C \(shellWord(path.string)) switch --detach`")
        case .referenceMoved(let name, let expected, let found):
            Diagnosis(
                problem: "`\(name)` moved meanwhile",
                reason: "it was \(described(expected)) and is \(described(found)) now", remedy: "try again")
        case .notOurReference(let name):
            Diagnosis(
                problem: "`\(name)` was not changed",
                reason: "only references under refs/headgate/ may be changed without the gate")
        case .unrelatedHistories(let target, let source):
            Diagnosis(
                problem: "\(source.short) cannot be merged into \(target.short)",
                reason: "the two have no commit in common",
                remedy: "join the histories by hand once: `git merge --allow-unrelated-histories`, on a branch")
        case .undefinedDriver(let kind, let name, let attributes):
            Diagnosis(
                problem: "the merge cannot be computed",
                reason: "`\(attributes)` names the \(kind.rawValue) `\(name)`, which no Git configuration here defines",
                remedy: kind == .filter
                    ? "install it (for LFS: `git lfs install`), or set `filter.\(name).smudge` and `.clean`"
                    : "set `merge.\(name).driver`, or take the attribute out")
        case .identityMissing(let message):
            Diagnosis(
                problem: "Git does not know who you are", reason: message.split(separator: "\n").last.map(String.init),
                remedy: "git config --global user.name 'Your Name' && git config --global user.email you@example.org")
        case .gitMissing:
            Diagnosis(
                problem: "the git program was not found", reason: "no directory of PATH holds it",
                remedy: "install Git 2.39 or newer")
        case .gitTooOld(let found):
            Diagnosis(
                problem: "Git \(found) is too old", reason: "headgate needs `git merge-tree --write-tree` of Git 2.39",
                remedy: "install Git 2.39 or newer")
        case .locked(let lock):
            lock.diagnosis
        case .worktreeMissing(let path):
            Diagnosis(
                problem: "the worktree at `\(path)` is gone", reason: "it was deleted or moved by hand",
                remedy: "`git worktree repair <new path>` where it was moved; `headgate doctor` otherwise")
        case .destinationExists(let path):
            Diagnosis(
                problem: "`\(path)` is there already", reason: "nothing is overwritten",
                remedy: "move it out of the way, then try again")
        case .operationInProgress(let operation, let path):
            Diagnosis(
                problem: "a \(operation.rawValue) is under way in `\(path)`", reason: nil,
                remedy: "finish it, or give it up with `git -C \(shellWord(path.string)) \(operation.abortCommand)`")
        case .wouldOverwrite(let files, let path):
            Diagnosis(
                problem: "`\(path)` has changes of its own that would be overwritten",
                reason: files.prefix(5).map(\.string).joined(separator: ", ")
                    + (files.count > 5 ? " and \(files.count - 5) more" : ""),
                remedy: "commit or stash them (`git -C \(shellWord(path.string)) stash -u`), then try again")
        case .vetoedByHook(let message):
            Diagnosis(
                problem: "a hook of this repository refused", reason: message,
                remedy: "do what the hook asks for, or change it (`git rev-parse --git-path hooks` says where it is), "
                    + "then try again; nothing has moved")
        case .malformedUpdate(let line):
            Diagnosis(
                problem: "a change of references was refused", reason: "this line of it was not understood: \(line)")
        case .hooksDirectoryShared(let path, let source):
            Diagnosis(
                problem: "hooks were not installed",
                reason: "\(source) sends all your repositories to the hooks in `\(path)`",
                remedy: "give this one its own: `git config --local core.hooksPath "
                    + "\"$(git rev-parse --path-format=absolute --git-common-dir)/hooks\"`, copy what you need there")
        case .hooksDirectoryInWorkTree(let path, let source):
            Diagnosis(
                problem: "hooks were not installed",
                reason: "Git's hooks directory `\(path)` lies inside the working tree"
                    + (source.map { ", set by `\($0)`" } ?? "") + "; hooks there would become part of your commits",
                remedy: "say that this is meant with --in-work-tree, or unset core.hooksPath")
        case .changedSincePlanned(let path):
            Diagnosis(
                problem: "`\(path)` was not touched", reason: "it changed since headgate looked at it",
                remedy: "look at it, then try again")
        case .library(let failure):
            Diagnosis(problem: "Git could not be read", reason: "\(failure.message) (\(failure.call): \(failure.code))")
        case .program(let failure):
            failure.diagnosis
        }
    }
}

private func extensionRemedy(_ name: String) -> String {
    switch name.lowercased() {
    case "objectformat": "use a repository with SHA-1 object ids for now"
    case "refstorage": "go back to files for references: `git refs migrate --ref-format=files`"
    default: "remove the extension if you can do without it"
    }
}

private func described(_ id: ObjectID?) -> String {
    id.map(\.short) ?? "absent"
}
