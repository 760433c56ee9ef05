import Model

/// Makes the result of a test from what was measured: the judgement, the sentence, and the edit that it suggests. Pure.
struct ResultWriter: Sendable {
    let subject: TestSubject
    let now: Timestamp
    /// `YYYY-MM-DD`.
    let today: String

    /// The result of a test that was measured.
    func result(_ test: DataTest, id: String, _ compiled: CompiledTest, _ measurement: Measurement) -> TestResult {
        if case .freshness(_, let limits) = test.check { return age(test, id, limits, compiled, measurement) }
        let finding = Finding(test, compiled, measurement)
        let judgement = Judgement(
            test, holds: finding.holds, value: finding.value, total: Double(measurement.rows))
        let failed = judgement.outcome == .failed
        return TestResult(
            id: id, subject: subject, check: test.check.name, severity: judgement.severity, outcome: judgement.outcome,
            value: finding.value, failingRows: finding.isAboutRows ? measurement.failing : nil,
            message: finding.message,
            proposal: failed ? Proposals.proposal(for: test, id: id, compiled, measurement) : nil,
            sample: failed ? measurement.sample : nil)
    }

    /// The result of a test that could not be run.
    func broken(_ test: DataTest, id: String, _ obstacle: TestObstacle) -> TestResult {
        TestResult(
            id: id, subject: subject, check: test.check.name, severity: test.strictestSeverity, outcome: .broken,
            message: obstacle.message)
    }

    func skipped(_ test: DataTest, id: String, because reason: String) -> TestResult {
        TestResult(
            id: id, subject: subject, check: test.check.name, severity: test.strictestSeverity, outcome: .skipped,
            message: reason)
    }

    /// Applies the test's waiver, which depends on the day and is therefore never part of a reused result.
    func waived(_ result: TestResult, by waiver: Waiver?) -> TestResult {
        var result = result
        result.waiver = nil
        guard let waiver, result.outcome == .failed else { return result }
        if isDay(waiver.until), waiver.until >= today {
            result.waiver = waiver
            result.message += "; waived until \(waiver.until) by \(waiver.owner): \(waiver.reason)"
        } else {
            result.message += "; its waiver lapsed on \(waiver.until)"
        }
        return result
    }
}

extension DataTest {
    fileprivate var strictestSeverity: Severity {
        if errorIf != nil { return .error }
        if warnIf != nil { return .warning }
        return infoIf != nil ? .info : severity
    }
}

/// Whether `text` is written `YYYY-MM-DD`, so that it can be compared letter by letter.
private func isDay(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return false }
    return [0, 1, 2, 3, 5, 6, 8, 9].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }
}
