import Model

/// Decides what a measured value means for a test. Pure.
///
/// Source: "Three severities" in `Sources/DataTests/README.md`.
struct Judgement: Equatable {
    let outcome: TestOutcome
    /// The severity at which the test failed, or at which it would have.
    let severity: Severity

    /// - Parameters:
    ///   - holds: whether the plain condition holds; it counts only where the test has no threshold.
    ///   - value: the measured value, for row tests the number of failing rows.
    ///   - total: the rows looked at, of which a threshold may name a share.
    init(_ test: DataTest, holds: Bool, value: Double, total: Double) {
        let thresholds = [(test.errorIf, Severity.error), (test.warnIf, .warning), (test.infoIf, .info)]
            .compactMap { threshold, severity in threshold.map { ($0, severity) } }
        guard let worst = thresholds.first else {
            (outcome, severity) = (holds ? .passed : .failed, test.severity)
            return
        }
        let met = thresholds.first { $0.0.isMet(by: value, of: total) }
        (outcome, severity) = (met == nil ? .passed : .failed, (met ?? worst).1)
    }
}
