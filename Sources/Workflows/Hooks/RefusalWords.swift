import Gate
import Git
import HostSystem
import Model
import SystemPackage

/// Says why a protected reference does not move, which command to use instead, and how to put right what Git leaves
/// behind after a veto.
///
/// Git tells a hook what moves, not which command moves it. Where the facts leave several commands open, the remedy
/// names each.
struct RefusalWords {
    let facts: ReferenceUpdateFacts
    let layout: RepositoryLayout
    /// `GIT_REFLOG_ACTION`: what `git merge`, `git pull` and `git rebase` call themselves.
    let action: String
    /// What is known of the commit that the reference was to move to; `nil` for one that is not there.
    let commit: Commit?
    /// The parents of the commit that the reference is at now.
    let currentParents: [ObjectID]
    /// A branch that is at the refused commit, or at the one that was to be merged, and may be landed.
    let branch: BranchName?
    /// What `git merge` was to merge.
    let mergedHeads: [ObjectID]

    func diagnosis(of refusal: ReferenceDecision.Refusal) -> Diagnosis {
        switch refusal {
        case .deletion:
            Diagnosis(
                problem: "`\(name)` is protected and cannot be deleted or renamed", reason: nil,
                remedy: "take it out of `environments:` in headgate.yaml first, and land that" + lostReflog)
        case .symbolic:
            Diagnosis(
                problem: "`\(name)` is protected and cannot become a symbolic reference",
                remedy: "make the symbolic reference under another name")
        case .creation:
            Diagnosis(
                problem: "`\(name)` is protected and cannot be created here",
                reason: "its commit is in no protected branch and not in its upstream",
                remedy: "create it at a commit of a protected branch, then \(land)" + lostBranch)
        case .movement:
            Diagnosis(
                problem: "`\(name)` is protected: only `headgate merge` moves it",
                reason: "what lands must have been tested", remedy: movement)
        }
    }

    private var name: String {
        BranchName(reference: facts.update.reference)?.rawValue ?? facts.update.reference
    }

    /// `headgate merge …`, with the branch's name where it is known.
    private var land: String {
        let into = name == "main" || name == "master" ? "" : " --into \(shellWord(name))"
        return "`headgate merge \(branch.map(quoted) ?? "<branch>")\(into)`"
    }

    private var movement: String {
        if let words = underWay { return words }
        guard layout.workTree != nil, (try? layout.head())?.branch?.reference == facts.update.reference else {
            return land + (branch == nil ? ", with your commits on a branch of their own" : "")
        }
        if action.hasPrefix("merge") || action.hasPrefix("pull") {
            return "`git reset --merge ORIG_HEAD` puts index and files back, then \(land)"
        }
        if let current = facts.current, commit?.parents.first == current {
            return "`git switch -c <branch>` takes your changes along: commit them there, then \(land)"
        }
        if let commit, commit.parents == currentParents, !facts.isFastForward {
            return "`git switch -c <branch>`, change it by a new commit there, then \(land)"
        }
        return """
            make the change on a branch, then \(land)
            after `git reset --hard`: `git reset --merge ORIG_HEAD` puts index and files back; after another `git reset`: `git reset`
            """
    }

    private var landMerged: String {
        RefusalWords.landMerged(branch, upstream: facts.upstream, mergedHeads: mergedHeads, or: land)
    }

    /// How to land what `git merge` or `git pull` was to bring: commits of the upstream that have diverged need a branch.
    static func landMerged(
        _ branch: BranchName?, upstream: Upstream?, mergedHeads: [ObjectID], or land: String
    ) -> String {
        guard branch == nil, let upstream, let tip = upstream.tip, mergedHeads.contains(tip),
            let tracking = upstream.trackingReference
        else { return land }
        return "`git branch upstream \(shellWord(shortened(tracking)))` and `headgate merge upstream`"
    }

    /// For what Git has begun and can give up as a whole.
    private var underWay: String? {
        switch facts.operation {
        case .rebase: "`git rebase --abort`, then make the change on a branch and \(land)"
        case .merge: "`git merge --abort`, then \(landMerged)"
        case .cherryPick: "`git cherry-pick --abort`, then pick it on a branch and \(land)"
        case .revert: "`git revert --abort`, then revert it on a branch and \(land)"
        case .applyMailbox: "`git am --abort`, then apply it on a branch and \(land)"
        case .bisect, nil: nil
        }
    }

    /// Git renames the reflog before it deletes the old name, and leaves it there after a veto.
    private var lostReflog: String {
        let moved = layout.commonDirectory.appending("logs/refs/.tmp-renamed-log")
        guard FileSystem.exists(moved) else { return "" }
        let place = layout.commonDirectory.appending("logs").pushing(FilePath(facts.update.reference))
        return
            "\nafter `git branch -m`: `mv \(shellWord(moved.string)) \(shellWord(place.string))` puts the reflog back"
    }

    /// Git deletes the old name of a renamed branch before it makes the new one.
    private var lostBranch: String {
        guard let object = facts.update.new.object else { return "" }
        return "\nafter `git branch -m`: `git branch <old name> \(object.short)` brings the branch back"
    }
}
