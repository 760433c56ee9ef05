import Model

/// What is known of one line that Git hands to the `reference-transaction` hook for a protected reference.
public struct ReferenceMovement: Hashable, Sendable {
    /// The old value as Git sent it; all zeros where the caller named none.
    public var old: ObjectID
    /// The new value; `nil` where Git sent `ref:…`, which makes a symbolic reference of it.
    public var new: ObjectID?
    public var reference: String
    /// The value now, `nil` where the reference does not resolve.
    public var current: ObjectID?
    /// The value in `packed-refs`.
    public var packed: ObjectID?
    public var hasPermit: Bool
    /// Whether `new` is `current` or comes after it.
    public var isFastForward: Bool
    /// Whether `new` is the upstream's tip or before it.
    public var isInUpstream: Bool
    /// Whether another protected branch contains `new`.
    public var isInOtherProtectedBranch: Bool
    public var protectedBranchExists: Bool

    public init(
        old: ObjectID, new: ObjectID?, reference: String, current: ObjectID?, packed: ObjectID?, hasPermit: Bool,
        isFastForward: Bool, isInUpstream: Bool, isInOtherProtectedBranch: Bool, protectedBranchExists: Bool
    ) {
        self.old = old
        self.new = new
        self.reference = reference
        self.current = current
        self.packed = packed
        self.hasPermit = hasPermit
        self.isFastForward = isFastForward
        self.isInUpstream = isInUpstream
        self.isInOtherProtectedBranch = isInOtherProtectedBranch
        self.protectedBranchExists = protectedBranchExists
    }
}

/// Whether Git may move a protected reference.
public enum ReferenceDecision: Hashable, Sendable {
    /// What about the movement is refused.
    public enum Refusal: Hashable, Sendable {
        case symbolic, deletion, creation, movement
    }

    case allow
    case refuse(Refusal)
}

/// Decides one line of a reference transaction in the state `prepared`.
///
/// Source: githooks(5), and what Git was seen to send: deleting a packed reference first shows `0 → 0`; `pack-refs` and
/// `gc` prune a loose reference as `X → 0` while its packed value is `X`.
public func decide(_ movement: ReferenceMovement) -> ReferenceDecision {
    guard let new = movement.new else { return .refuse(.symbolic) }
    if new.isZero {
        if movement.old.isZero { return movement.current == nil ? .allow : .refuse(.deletion) }
        return movement.packed == movement.old ? .allow : .refuse(.deletion)
    }
    guard let current = movement.current else {
        let isKnown = movement.isInOtherProtectedBranch || movement.isInUpstream
        return isKnown || movement.hasPermit || !movement.protectedBranchExists ? .allow : .refuse(.creation)
    }
    if new == current || movement.hasPermit { return .allow }
    return movement.isFastForward && movement.isInUpstream ? .allow : .refuse(.movement)
}
