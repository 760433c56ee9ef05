import Model
import Testing

@testable import Workflows

private let now = Timestamp(seconds: 1_000_000_000)

private func ago(_ days: Double) -> Timestamp { now + .days(-days) }

private func facts(_ change: (inout ExpiryFacts) -> Void = { _ in }) -> ExpiryFacts {
    var facts = ExpiryFacts(branchExists: true, upstreamIsGone: false, used: ago(1), now: now)
    change(&facts)
    return facts
}

@Suite("When an environment expires")
struct ExpiryTests {
    private let expiry = Expiry(merged: .days(3), unused: .days(30))

    @Test(
        "Each reason counts for itself, the strongest first; a lease holds against all",
        arguments: [
            (facts(), []),
            (facts { $0.mergedSince = ago(3) }, [.merged]),
            (facts { $0.mergedSince = ago(2.9) }, []),
            (facts { $0.branchExists = false }, [.branchDeleted]),
            (facts { $0.upstreamIsGone = true }, [.upstreamGone]),
            (facts { $0.used = ago(30) }, [.unused]),
            (facts { $0.used = ago(29.9) }, []),
            (
                facts {
                    ($0.mergedSince, $0.branchExists, $0.upstreamIsGone, $0.used) = (ago(9), false, true, ago(99))
                }, [.merged, .branchDeleted, .upstreamGone, .unused]
            ),
            (facts { ($0.branchExists, $0.keptUntil) = (false, now + .hours(1)) }, []),
            (facts { ($0.branchExists, $0.keptUntil) = (false, now) }, [.branchDeleted]),
        ] as [(ExpiryFacts, [ExpiryReason])])
    func reasons(_ facts: ExpiryFacts, expected: [ExpiryReason]) {
        #expect(expiry.reasons(facts) == expected)
    }

    @Test(
        "It expires when the first of its times is over, and not before its lease",
        arguments: [
            (facts(), ago(1) + .days(30)),
            (facts { $0.mergedSince = ago(1) }, ago(1) + .days(3)),
            (facts { ($0.mergedSince, $0.used) = (ago(1), ago(29)) }, ago(29) + .days(30)),
            (facts { ($0.mergedSince, $0.keptUntil) = (ago(1), now + .days(9)) }, now + .days(9)),
            (facts { ($0.mergedSince, $0.keptUntil) = (ago(1), ago(5)) }, ago(1) + .days(3)),
        ] as [(ExpiryFacts, Timestamp)])
    func moment(_ facts: ExpiryFacts, expected: Timestamp) {
        #expect(expiry.moment(facts) == expected)
    }

    @Test("A reason and the moment agree")
    func agree() throws {
        for days in stride(from: 0.0, through: 40, by: 0.5) {
            let facts = facts { $0.used = ago(days) }
            let isOver = try #require(expiry.moment(facts)) <= now
            #expect(expiry.reasons(facts).isEmpty == !isOver)
        }
    }
}
