import Model
import Persistence
import Testing

@Suite("Verdicts, landings and permits")
struct GateRecordTests {
    @Test("The verdict that was recorded last holds")
    func verdicts() throws {
        let state = try TemporaryState()
        let failed = try sampleVerdict("k", outcome: .fail)
        let passed = try sampleVerdict("k")
        let other = try sampleVerdict("other", target: "release")
        for verdict in [failed, passed, other] { try state.store.insert(verdict) }
        #expect(try state.store.verdict(key: passed.key) == passed)
        #expect(try state.store.verdict(key: ContentHash(of: "?")) == nil)
        #expect(try state.store.latestVerdict(for: try branch("main")) == passed)
        #expect(try state.store.latestVerdict(for: try branch("none")) == nil)
        #expect(try state.store.latestVerdict(for: try branch("main"), judging: passed.branchCommit) == passed)
        #expect(try state.store.latestVerdict(for: try branch("main"), judging: try commit("0")) == nil)
    }

    @Test("Landings are listed newest first, by branch and by commit")
    func landings() throws {
        let state = try TemporaryState()
        let main = try branch("main")
        let first = LandingRecord(
            kind: .landed, branch: main, from: try commit("1"), commit: try commit("2"), tree: try commit("3"),
            verdict: ContentHash(of: "v"), who: "somebody", when: noon)
        var second = first
        second.commit = try commit("5")
        second.kind = .accepted
        second.reason = "hot fix"
        try state.store.insert(first)
        try state.store.insert(second)
        #expect(try state.store.landings(on: main) == [second, first])
        #expect(try state.store.landings(on: main, limit: 1) == [second])
        #expect(try state.store.landings(of: try commit("2")) == [first])
    }

    @Test("A permit holds for its own movement, once, until it runs out")
    func permits() throws {
        let state = try TemporaryState()
        let permit = Permit(reference: "refs/heads/main", from: try commit("1"), to: try commit("2"))
        let back = Permit(reference: "refs/heads/main", from: try commit("2"), to: try commit("1"))
        let end = noon + TimeSpan(seconds: 60)
        #expect(try !state.store.holds(permit, at: noon))
        try state.store.grant(permit, at: noon, until: end)
        #expect(try state.store.holds(permit, at: noon))
        #expect(try !state.store.holds(back, at: noon))
        #expect(try !state.store.holds(permit, at: end))
        #expect(try state.store.use(permit, at: noon))
        #expect(try !state.store.use(permit, at: noon))
        #expect(try !state.store.holds(permit, at: noon))

        try state.store.grant(permit, at: noon, until: end)
        #expect(try state.store.holds(permit, at: noon))
        try state.store.revoke(permit)
        #expect(try !state.store.holds(permit, at: noon))
        try state.store.grant(permit, at: noon, until: end)
        try state.store.forgetPermits(at: end)
        #expect(try !state.store.holds(permit, at: noon))
    }

    @Test("Acknowledgements belong to a branch")
    func acknowledgements() throws {
        let state = try TemporaryState()
        let word = Acknowledgement(id: "clean/not_null", reason: "known", who: "somebody")
        try state.store.insert(word, of: try branch("b"), at: noon)
        try state.store.insert(word, of: try branch("b"), at: noon)
        #expect(try state.store.acknowledgements(of: try branch("b")) == [word])
        #expect(try state.store.acknowledgements(of: try branch("c")).isEmpty)
    }

    @Test("Settings are kept by name")
    func settings() throws {
        let state = try TemporaryState()
        try state.store.set("probe", to: "boot-1 available")
        #expect(try state.store.setting("probe") == "boot-1 available")
        try state.store.set("probe", to: nil)
        #expect(try state.store.setting("probe") == nil)
    }
}
