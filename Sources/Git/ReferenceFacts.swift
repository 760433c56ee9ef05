import HostSystem
import Model
import SystemPackage

/// Everything that the rule for one line of `reference-transaction` asks about.
///
/// The rule itself, and the permits, are not Git's business.
public struct ReferenceUpdateFacts: Hashable, Sendable {
    public let update: ReferenceUpdate
    public let isProtected: Bool
    /// What the reference leads to now; `nil` when it does not resolve.
    public let current: ObjectID?
    /// What `packed-refs` says of it, whatever the loose file says: with `X → 0` and this `X`, the loose file of a packed
    /// reference is being pruned (`git pack-refs`, `git gc`) and nothing is lost.
    public let packed: ObjectID?
    /// Whether the new object is a commit with the current one as an ancestor.
    public let isFastForward: Bool
    /// The branch's upstream, if it has one.
    public let upstream: Upstream?
    /// Whether the new object is the upstream's tip or an ancestor of it.
    public let isInUpstream: Bool
    /// Another protected branch that has the new object in its history, or `nil`.
    public let containingProtectedBranch: BranchName?
    /// Whether any protected branch exists now.
    public let anyProtectedBranchExists: Bool
    /// What Git has under way in the working tree where the hook runs, for the words of a refusal.
    public let operation: GitOperation?

    public init(
        update: ReferenceUpdate, isProtected: Bool, current: ObjectID?, packed: ObjectID?, isFastForward: Bool,
        upstream: Upstream?, isInUpstream: Bool, containingProtectedBranch: BranchName?,
        anyProtectedBranchExists: Bool, operation: GitOperation?
    ) {
        self.update = update
        self.isProtected = isProtected
        self.current = current
        self.packed = packed
        self.isFastForward = isFastForward
        self.upstream = upstream
        self.isInUpstream = isInUpstream
        self.containingProtectedBranch = containingProtectedBranch
        self.anyProtectedBranchExists = anyProtectedBranchExists
        self.operation = operation
    }

    /// Whether the reference exists now.
    public var exists: Bool { current != nil }
}

extension Repository {
    /// Gathers the facts about a reference that is about to change; those about history only for protected ones.
    public func facts(
        about update: ReferenceUpdate, protected patterns: ProtectedPatterns
    ) throws -> ReferenceUpdateFacts {
        let isProtected = patterns.matches(update.reference)
        let current = try layout.resolve(reference: update.reference)
        guard isProtected else {
            return ReferenceUpdateFacts(
                update: update, isProtected: false, current: current, packed: nil, isFastForward: false, upstream: nil,
                isInUpstream: false, containingProtectedBranch: nil, anyProtectedBranchExists: true, operation: nil)
        }
        let others = try branches().filter { patterns.matches($0.name) }
        let new = try update.new.object.flatMap { try hasCommit($0) ? $0 : nil }
        let branch = BranchName(reference: update.reference)
        let upstream = try branch.flatMap { try self.upstream(of: $0) }
        return ReferenceUpdateFacts(
            update: update, isProtected: true, current: current,
            packed: try layout.packedValue(of: update.reference),
            isFastForward: try pair(current, new).map { try isAncestor($0, of: $1) } ?? false,
            upstream: upstream,
            isInUpstream: try pair(new, upstream?.tip).map { try isAncestor($0, of: $1) } ?? false,
            containingProtectedBranch: try new.flatMap { new in
                try others.first { try $0.name != branch && isAncestor(new, of: $0.tip) }?.name
            },
            anyProtectedBranchExists: !others.isEmpty,
            operation: layout.operationInProgress())
    }
}

private func pair<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
    guard let first, let second else { return nil }
    return (first, second)
}
