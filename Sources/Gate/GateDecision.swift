import Model

/// What is known of a candidate when the gate decides.
public struct GateFacts: Sendable {
    /// Every step of the candidate's pipeline, as it ended.
    public var steps: [StepResult]
    /// The step's name in the configuration for each id, because `require` may name either.
    public var groups: [String: String]
    public var tests: [TestResult]
    /// What makes the run unfit, each as one sentence.
    public var taints: [String]
    /// The weakest isolation that any step of the run had.
    public var isolation: IsolationLevel
    public var changes: [TestChange]
    public var acknowledgements: [Acknowledgement]

    public init(
        steps: [StepResult], groups: [String: String], tests: [TestResult], taints: [String], isolation: IsolationLevel,
        changes: [TestChange], acknowledgements: [Acknowledgement]
    ) {
        self.steps = steps
        self.groups = groups
        self.tests = tests
        self.taints = taints
        self.isolation = isolation
        self.changes = changes
        self.acknowledgements = acknowledgements
    }
}

/// Whether a candidate may land.
public struct GateDecision: Hashable, Sendable {
    public let outcome: VerdictOutcome
    /// Each thing that closes the gate, as one sentence, causes before what followed from them; empty when it is open.
    public let reasons: [String]
    /// What would open it, each once, in the order of the reasons.
    public let remedies: [GateRemedy]

    public init(outcome: VerdictOutcome, reasons: [String], remedies: [GateRemedy] = []) {
        self.outcome = outcome
        self.reasons = reasons
        self.remedies = remedies
    }

    /// Whether it may land.
    public var isOpen: Bool { outcome.mayLand && reasons.isEmpty }
}

/// Decides whether a candidate may land under both policies: a branch can tighten its gate but not loosen it.
///
/// - Parameters:
///   - target: the policy at the target's tip.
///   - candidate: the policy in the candidate's own tree.
public func decide(_ facts: GateFacts, target: GatePolicy, candidate: GatePolicy) -> GateDecision {
    let first = decide(facts, under: target)
    let second = decide(facts, under: candidate)
    let worst = rank(first.outcome) >= rank(second.outcome) ? first.outcome : second.outcome
    let added = second.reasons.filter { !first.reasons.contains($0) }
    let remedies = second.remedies.filter { !first.remedies.contains($0) }
    return GateDecision(outcome: worst, reasons: first.reasons + added, remedies: first.remedies + remedies)
}

private func decide(_ facts: GateFacts, under policy: GatePolicy) -> GateDecision {
    var outcome = VerdictOutcome.pass
    var reasons: [String] = []
    var remedies: [GateRemedy] = []
    func close(_ worse: VerdictOutcome, _ reason: String, mendedBy remedy: GateRemedy = .mendBranch) {
        if rank(worse) > rank(outcome) { outcome = worse }
        reasons.append(reason)
        if !remedies.contains(remedy) { remedies.append(remedy) }
    }

    var skipped: [String] = []
    for step in facts.steps where isRequired(step, facts.groups, policy.require) {
        switch step.state {
        case .ran, .cached, .upToDate: break
        case .failed: close(.fail, "step \(step.id) failed" + (step.exit.map { " with exit status \($0)" } ?? ""))
        case .lost: close(.fail, "step \(step.id) was cut short")
        case .skipped: skipped.append(step.id)
        }
    }
    let tests = facts.tests.filter { isRequired($0.subject, facts.groups, policy.require) }
    for test in tests {
        switch test.outcome {
        case .passed: break
        case .broken: close(.broken, "test \(test.id) could not run: \(test.message)", mendedBy: .mendTests)
        case .skipped: close(.fail, "test \(test.id) was skipped: \(test.message)", mendedBy: .mendTests)
        case .failed where test.waiver != nil:
            if rank(.passWithWarnings) > rank(outcome) { outcome = .passWithWarnings }
        case .failed where test.severity == .error:
            if test.baseline == .existing, policy.existingFailures == .allow {
                if rank(.passWithWarnings) > rank(outcome) { outcome = .passWithWarnings }
            } else {
                close(.fail, "test \(test.id) failed: \(test.message)", mendedBy: remedy(for: test))
            }
        case .failed where test.severity == .warning:
            switch policy.warnings {
            case .allow: if rank(.passWithWarnings) > rank(outcome) { outcome = .passWithWarnings }
            case .deny:
                close(
                    .fail, "warning \(test.id): \(test.message); the policy says `warnings: deny`",
                    mendedBy: remedy(for: test))
            case .acknowledge:
                if facts.acknowledgements.contains(where: { $0.id == test.id }) {
                    if rank(.passWithWarnings) > rank(outcome) { outcome = .passWithWarnings }
                } else {
                    close(
                        .fail, "warning \(test.id) is not acknowledged: \(test.message)",
                        mendedBy: .acknowledge(test.id))
                }
            }
        case .failed: break
        }
    }
    if !skipped.isEmpty {
        // What was skipped runs once what came before it does.
        close(
            .fail, (skipped.count == 1 ? "step " : "steps ") + skipped.joined(separator: ", ") + " did not run",
            mendedBy: remedies.first ?? .mendBranch)
    }
    if case .steps(let names) = policy.require {
        for name in names where !facts.steps.contains(where: { $0.id == name || facts.groups[$0.id] == name }) {
            close(.absent, "the policy requires step \(name), which the candidate does not have", mendedBy: .addStep)
        }
    }

    if tests.isEmpty {
        switch policy.tests {
        case .required: close(.absent, "no data test ran, and the policy requires some", mendedBy: .addTests)
        case .optional: if rank(.passWithWarnings) > rank(outcome) { outcome = .passWithWarnings }
        }
    }

    for change in facts.changes {
        switch policy.changedTests {
        case .allow: break
        case .deny: close(.fail, change.message + "; the policy says `changed_tests: deny`", mendedBy: .changePolicy)
        case .acknowledge where !facts.acknowledgements.contains(where: { $0.id == change.id }):
            close(.fail, change.message + " (\(change.id))", mendedBy: .acknowledge(change.id))
        case .acknowledge: break
        }
    }

    if facts.isolation < policy.isolation {
        close(
            .fail,
            "ran at isolation `\(facts.isolation.rawValue)`, and the policy asks for `\(policy.isolation.rawValue)`",
            mendedBy: .isolate(policy.isolation))
    }
    for taint in facts.taints { close(.tainted, taint, mendedBy: .cleanRun) }
    return GateDecision(outcome: outcome, reasons: reasons, remedies: remedies)
}

/// What makes a failed test pass: a commit, but where the age of the data is what failed.
private func remedy(for test: TestResult) -> GateRemedy { test.check.readsClock ? .refreshData : .mendBranch }

private func isRequired(_ step: StepResult, _ groups: [String: String], _ required: GatePolicy.Required) -> Bool {
    switch required {
    case .all: true
    case .steps(let names): names.contains(step.id) || groups[step.id].map(names.contains) == true
    }
}

private func isRequired(_ subject: TestSubject, _ groups: [String: String], _ required: GatePolicy.Required) -> Bool {
    switch (required, subject) {
    case (.all, _), (_, .source): true
    case (.steps(let names), .step(let id)): names.contains(id) || groups[id].map(names.contains) == true
    }
}

/// How bad an outcome is: a worse one replaces a better one.
private func rank(_ outcome: VerdictOutcome) -> Int {
    switch outcome {
    case .pass: 0
    case .passWithWarnings: 1
    case .fail: 2
    case .broken: 3
    case .absent: 4
    case .tainted: 5
    case .conflict: 6
    }
}
