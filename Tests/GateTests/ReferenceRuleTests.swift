import Gate
import Model
import Testing

private let zero = ObjectID(String(repeating: "0", count: 40))!
private let a = ObjectID(String(repeating: "a", count: 40))!
private let b = ObjectID(String(repeating: "b", count: 40))!

private func movement(
    _ old: ObjectID, _ new: ObjectID?, current: ObjectID?, packed: ObjectID? = nil, permit: Bool = false,
    fastForward: Bool = false, upstream: Bool = false, elsewhere: Bool = false, protectedExists: Bool = true
) -> ReferenceMovement {
    ReferenceMovement(
        old: old, new: new, reference: "refs/heads/main", current: current, packed: packed, hasPermit: permit,
        isFastForward: fastForward, isInUpstream: upstream, isInOtherProtectedBranch: elsewhere,
        protectedBranchExists: protectedExists)
}

struct ReferenceRuleTests {
    @Test(
        "Each line of a transaction is decided by its values",
        arguments: [
            (movement(a, a, current: a), ReferenceDecision.allow),
            (movement(a, b, current: a), .refuse(.movement)),
            (movement(zero, b, current: a), .refuse(.movement)),
            (movement(a, b, current: a, permit: true), .allow),
            (movement(a, b, current: a, fastForward: true), .refuse(.movement)),
            (movement(a, b, current: a, upstream: true), .refuse(.movement)),
            (movement(a, b, current: a, fastForward: true, upstream: true), .allow),
            (movement(zero, zero, current: a), .refuse(.deletion)),
            (movement(zero, zero, current: nil), .allow),
            (movement(a, zero, current: a, packed: a), .allow),
            (movement(a, zero, current: a, packed: b), .refuse(.deletion)),
            (movement(a, zero, current: a), .refuse(.deletion)),
            (movement(zero, a, current: nil), .refuse(.creation)),
            (movement(zero, a, current: nil, permit: true), .allow),
            (movement(zero, a, current: nil, upstream: true), .allow),
            (movement(zero, a, current: nil, elsewhere: true), .allow),
            (movement(zero, a, current: nil, protectedExists: false), .allow),
            (movement(a, nil, current: a, permit: true), .refuse(.symbolic)),
        ])
    func decides(movement: ReferenceMovement, expected: ReferenceDecision) {
        #expect(decide(movement) == expected)
    }
}
