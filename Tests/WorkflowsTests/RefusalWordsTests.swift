import Gate
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git
@testable import Workflows

@Suite("What a refused movement is told")
struct RefusalWordsTests {
    /// A situation, and what the remedy must say.
    struct Situation: Sendable {
        var name: String
        var refusal: ReferenceDecision.Refusal = .movement
        var reference = "refs/heads/main"
        var isCheckedOut = true
        var action = ""
        var branch: String?
        var operation: GitOperation?
        var isOnTop = false
        var expected: String
    }

    private static let old = String(repeating: "1", count: 40)
    private static let new = String(repeating: "2", count: 40)

    @Test(
        "The remedy names the command to use instead, and puts right what Git leaves behind",
        arguments: [
            Situation(
                name: "deletion", refusal: .deletion, expected: "take it out of `environments:` in headgate.yaml first"),
            Situation(name: "symbolic", refusal: .symbolic, expected: "make the symbolic reference under another name"),
            Situation(
                name: "creation", refusal: .creation,
                expected: "`git branch <old name> 2222222222` brings the branch back"),
            Situation(
                name: "elsewhere", isCheckedOut: false,
                expected: "`headgate merge <branch>`, with your commits on a branch"),
            Situation(name: "known branch", isCheckedOut: false, branch: "fix", expected: "`headgate merge fix`"),
            Situation(
                name: "hostile branch", isCheckedOut: false, branch: "a;rm", expected: "`headgate merge 'a;rm'`"),
            Situation(
                name: "another target", reference: "refs/heads/release", isCheckedOut: false, branch: "fix",
                expected: "`headgate merge fix --into release`"),
            Situation(
                name: "merge", action: "merge fix", branch: "fix",
                expected: "`git reset --merge ORIG_HEAD` puts index and files back, then `headgate merge fix`"),
            Situation(
                name: "pull", action: "pull", expected: "`git reset --merge ORIG_HEAD` puts index and files back"),
            Situation(name: "commit", isOnTop: true, expected: "`git switch -c <branch>` takes your changes along"),
            Situation(name: "reset", expected: "make the change on a branch, then `headgate merge <branch>`"),
            Situation(
                name: "rebase under way", operation: .rebase,
                expected: "`git rebase --abort`, then make the change on a branch"),
            Situation(
                name: "merge under way", branch: "fix", operation: .merge,
                expected: "`git merge --abort`, then `headgate merge fix`"),
            Situation(
                name: "bisect does not count", isCheckedOut: false, operation: .bisect,
                expected: "`headgate merge <branch>`"),
        ])
    func says(_ situation: Situation) async throws {
        let repository = try await TemporaryRepository()
        if !situation.isCheckedOut { try await repository.git(["switch", "--quiet", "--detach"]) }
        let (old, new) = (try #require(ObjectID(Self.old)), try #require(ObjectID(Self.new)))
        let update = ReferenceUpdate(old: .object(old), new: .object(new), reference: situation.reference)
        let somebody = Identity(name: "n", email: "e")
        let words = RefusalWords(
            facts: ReferenceUpdateFacts(
                update: update, isProtected: true, current: old, packed: nil, isFastForward: situation.isOnTop,
                upstream: nil,
                isInUpstream: false, containingProtectedBranch: nil, anyProtectedBranchExists: true,
                operation: situation.operation),
            layout: try RepositoryLayout.find(from: repository.path), action: situation.action,
            commit: Commit(
                id: new, tree: new, parents: situation.isOnTop ? [old] : [new], author: somebody, committer: somebody,
                committed: Timestamp(seconds: 1), message: "m"),
            currentParents: [], branch: situation.branch.flatMap { BranchName($0) }, mergedHeads: [])
        let diagnosis = words.diagnosis(of: situation.refusal)
        #expect(
            diagnosis.remedy?.contains(situation.expected) == true, "\(situation.name): \(diagnosis.remedy ?? "none")")
        let name = situation.reference.split(separator: "/").last ?? ""
        #expect(diagnosis.problem.hasPrefix("`\(name)` is protected"))
    }

    @Test("Commits of an upstream that has diverged need a branch of their own before they land")
    func diverged() throws {
        let (one, other) = (try #require(ObjectID(Self.old)), try #require(ObjectID(Self.new)))
        func words(_ upstream: Upstream?, _ heads: [ObjectID], _ branch: BranchName? = nil) -> String {
            RefusalWords.landMerged(branch, upstream: upstream, mergedHeads: heads, or: "land")
        }
        let upstream = Upstream(
            remote: "origin", remoteReference: "refs/heads/main", trackingReference: "refs/remotes/origin/main",
            tip: one)
        #expect(words(upstream, [one]) == "`git branch upstream origin/main` and `headgate merge upstream`")
        #expect(words(upstream, [other]) == "land")
        #expect(words(upstream, [one], BranchName("fix")) == "land")
        #expect(words(nil, [one]) == "land")
    }
}
