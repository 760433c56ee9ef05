import Model

/// Why an environment may go.
public enum ExpiryReason: String, Hashable, Sendable {
    case merged
    case branchDeleted = "branch-deleted"
    case upstreamGone = "upstream-gone"
    case unused
}

/// What is known of an environment when its expiry is decided.
struct ExpiryFacts: Sendable {
    var branchExists: Bool
    /// When the branch was merged; `nil` when it is not, or has no commit of its own.
    var mergedSince: Timestamp?
    /// The upstream is configured and gone.
    var upstreamIsGone: Bool
    var used: Timestamp
    var keptUntil: Timestamp?
    var now: Timestamp
}

extension Expiry {
    /// Decides why an environment is expired; the first reason is the one shown. Empty when it is not.
    ///
    /// A lease holds against every reason.
    func reasons(_ facts: ExpiryFacts) -> [ExpiryReason] {
        if let kept = facts.keptUntil, kept > facts.now { return [] }
        var reasons: [ExpiryReason] = []
        if let since = facts.mergedSince, facts.now - since >= merged { reasons.append(.merged) }
        if !facts.branchExists { reasons.append(.branchDeleted) }
        if facts.upstreamIsGone { reasons.append(.upstreamGone) }
        if facts.now - facts.used >= unused { reasons.append(.unused) }
        return reasons
    }

    /// When the environment expires if nothing changes; `nil` where that cannot be said.
    func moment(_ facts: ExpiryFacts) -> Timestamp? {
        let moments = [facts.mergedSince.map { $0 + merged }, facts.used + unused].compactMap { $0 }
        guard let first = moments.min() else { return nil }
        return max(first, facts.keptUntil ?? first)
    }
}
