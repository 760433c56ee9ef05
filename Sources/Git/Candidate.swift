import Model
import SystemPackage

/// The commit that a merge would create.
public struct Candidate: Hashable, Sendable {
    public let commit: ObjectID
    public let tree: ObjectID
    /// The tip of the target that it was built on.
    public let target: ObjectID
    /// The tip of the branch that it brings in.
    public let source: ObjectID
    public let method: MergeMethod
    /// The merge drivers and filters that the target's attributes name, as configuration: `merge.x.driver` and the like
    /// with their command lines. They could have changed the result, so they belong to the verdict.
    public let drivers: [String: String]

    /// The reference that keeps the commit from garbage collection.
    public var reference: String { Self.referencePrefix + commit.hex }

    /// Where those references lie.
    public static let referencePrefix = "refs/headgate/candidates/"
}

/// What came of building a candidate.
public enum CandidateOutcome: Hashable, Sendable {
    case candidate(Candidate)
    /// These paths need a person; nothing was changed.
    case conflict([FilePath])
    /// The target has commits that the branch lacks, so it cannot be moved forward to the branch's tip.
    case notFastForward
    /// The target has everything already.
    case upToDate
}

/// Messages in the words of Git.
public enum MergeMessage {
    /// `Merge branch 'x'`, and `into dev` where the target is neither `main` nor `master`. Source: `fmt-merge-msg.c`,
    /// with the default of `merge.suppressDest`.
    public static func merge(_ branch: BranchName, into target: BranchName) -> String {
        "Merge branch '\(branch)'" + (["main", "master"].contains(target.rawValue) ? "" : " into \(target)") + "\n"
    }
}
