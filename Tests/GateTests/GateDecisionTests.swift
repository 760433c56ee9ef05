import Gate
import Model
import Testing

private func facts(
    steps: [StepResult] = [StepResult(id: "clean", state: .ran)], tests: [TestResult] = [result(.passed)],
    taints: [String] = [], isolation: IsolationLevel = .sandbox, changes: [TestChange] = [],
    acknowledgements: [Acknowledgement] = []
) -> GateFacts {
    GateFacts(
        steps: steps, groups: ["clean": "clean"], tests: tests, taints: taints, isolation: isolation, changes: changes,
        acknowledgements: acknowledgements)
}

private func result(
    _ outcome: TestOutcome, _ severity: Severity = .error, baseline: TestBaseline? = nil
) -> TestResult {
    TestResult(
        id: "clean/unique:id", subject: .step("clean"), check: .unique, severity: severity, outcome: outcome,
        message: "3 rows repeat", baseline: baseline)
}

private func policy(_ change: (inout GatePolicy) -> Void = { _ in }) -> GatePolicy {
    var policy = GatePolicy()
    change(&policy)
    return policy
}

struct GateDecisionTests {
    @Test func opensForAPassingRun() {
        let decision = decide(facts(), target: policy(), candidate: policy())
        #expect(decision.isOpen)
        #expect(decision.outcome == .pass)
    }

    @Test(
        "Absent, skipped, cut short or broken is never a pass",
        arguments: [
            (facts(steps: [StepResult(id: "clean", state: .failed, exit: 1)]), VerdictOutcome.fail),
            (facts(steps: [StepResult(id: "clean", state: .skipped)]), .fail),
            (facts(steps: [StepResult(id: "clean", state: .lost)]), .fail),
            (facts(tests: [result(.failed)]), .fail),
            (facts(tests: [result(.broken, .info)]), .broken),
            (facts(tests: [result(.skipped, .info)]), .fail),
            (facts(tests: []), .absent),
            (facts(taints: ["a.csv changed"]), .tainted),
            (facts(isolation: .process), .fail),
        ])
    func closes(facts: GateFacts, outcome: VerdictOutcome) {
        let decision = decide(facts, target: policy(), candidate: policy())
        #expect(!decision.isOpen)
        #expect(decision.outcome == outcome)
        #expect(!decision.reasons.isEmpty)
    }

    @Test func followsTheWarningPolicy() {
        let warned = facts(tests: [result(.failed, .warning)])
        #expect(decide(warned, target: policy(), candidate: policy()).outcome == .passWithWarnings)
        #expect(!decide(warned, target: policy { $0.warnings = .deny }, candidate: policy()).isOpen)
        let strict = policy { $0.warnings = .acknowledge }
        #expect(!decide(warned, target: strict, candidate: strict).isOpen)
        let seen = facts(
            tests: [result(.failed, .warning)],
            acknowledgements: [Acknowledgement(id: "clean/unique:id", reason: "known", who: "a person")])
        #expect(decide(seen, target: strict, candidate: strict).isOpen)
    }

    @Test func aBranchCannotLoosenItsGate() {
        let broken = facts(tests: [result(.failed, .warning)])
        let strict = policy { $0.warnings = .deny }
        #expect(!decide(broken, target: strict, candidate: policy()).isOpen)
        #expect(!decide(broken, target: policy(), candidate: strict).isOpen)
    }

    @Test func aRequiredStepThatIsGoneClosesTheGate() {
        let decision = decide(facts(), target: policy { $0.require = .steps(["train"]) }, candidate: policy())
        #expect(decision.outcome == .absent)
    }

    @Test func existingFailuresPassOnlyWhereThePolicySaysSo() {
        let old = facts(tests: [result(.failed, baseline: .existing)])
        let lenient = policy { $0.existingFailures = .allow }
        #expect(!decide(old, target: policy(), candidate: lenient).isOpen)
        #expect(decide(old, target: lenient, candidate: lenient).isOpen)
    }
}

struct TestChangesTests {
    private let subject = TestSubject.step("clean")

    private func placed(_ check: Check, severity: Severity = .error, waiver: Waiver? = nil) -> PlacedTest {
        PlacedTest(subject: subject, test: DataTest(check: check, severity: severity, waiver: waiver))
    }

    @Test func namesRemovedChangedAndWaivedTests() {
        let before = [placed(.unique(columns: ["id"])), placed(.range(column: "x", minimum: 0, maximum: 1))]
        let waiver = Waiver(until: "2030-01-01", owner: "me", reason: "later")
        let after = [
            placed(.range(column: "x", minimum: 0, maximum: 9)), placed(.notNull(columns: ["y"]), waiver: waiver),
        ]
        let tests = TargetTests(target: before, candidate: after, subjects: [subject])
        #expect(tests.removed.map(\.id) == ["clean/unique:id"])
        #expect(tests.changed.map(\.id) == ["clean/range:x"])
        #expect(tests.newlyWaived.map(\.id) == ["clean/not_null:y"])
    }

    @Test func aSubjectThatIsGoneIsNamedOnce() {
        let before = [placed(.unique(columns: ["id"])), placed(.notNull(columns: ["id"]))]
        let tests = TargetTests(target: before, candidate: [], subjects: [])
        #expect(tests.removed.isEmpty)
        #expect(tests.changes(results: [], candidateResults: [:]).map(\.id) == ["removed:clean"])
    }

    @Test func loosenedIsWhatFailsOnlyAsTheTargetDefinesIt() {
        let before = [placed(.range(column: "x", minimum: 0, maximum: 1))]
        let after = [placed(.range(column: "x", minimum: 0, maximum: 9))]
        let tests = TargetTests(target: before, candidate: after, subjects: [subject])
        let failed = TestResult(
            id: "clean/range:x", subject: subject, check: .range, severity: .error, outcome: .failed, message: "2 rows")
        var passed = failed
        passed.outcome = .passed
        #expect(tests.changes(results: [failed], candidateResults: [passed.id: passed]).map(\.kind) == [.loosened])
        #expect(tests.changes(results: [failed], candidateResults: [failed.id: failed]).isEmpty)
        #expect(tests.changes(results: [passed], candidateResults: [:]).isEmpty)
    }
}
