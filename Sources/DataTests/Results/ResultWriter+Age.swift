import Model

/// Tests of how old data is.
extension ResultWriter {
    /// The result of a test that looks at no table; `nil` for any other.
    func age(_ test: DataTest, id: String, of newest: () -> NewestData) -> TestResult? {
        guard case .freshness(nil, let limits) = test.check else { return nil }
        switch newest() {
        case .moment(let moment): return age(test, id, limits, newest: moment)
        case .unknown(let reason): return broken(test, id: id, TestObstacle(reason))
        }
    }

    /// The result of a test of the newest moment in a column.
    func age(
        _ test: DataTest, _ id: String, _ limits: Freshness, _ compiled: CompiledTest, _ found: Measurement
    ) -> TestResult {
        guard let microseconds = found.number("newest") else {
            let column = test.check.columns.first ?? ""
            let reason =
                found.rows == 0 ? "the table is empty" : "`\(column)` holds no moment in \(counted(found.rows, "row"))"
            return broken(test, id: id, TestObstacle(reason))
        }
        var result = age(
            test, id, limits, newest: Timestamp(nanoseconds: Int64(microseconds) * 1000),
            isShown: compiled.columns.allSatisfy { !compiled.mask.contains($0.index) })
        let others = found.count("others")
        if others > 0 { result.message += "; no moment in \(counted(others, "cell"))" }
        return result
    }

    /// A clock may be wrong, and a moment without a zone be a local one, by less than this.
    private static let slack = 86_400.0

    private func age(
        _ test: DataTest, _ id: String, _ limits: Freshness, newest: Timestamp, isShown: Bool = true
    ) -> TestResult {
        let seconds = Double(now.nanoseconds - newest.nanoseconds) / 1e9
        let strictest: Severity = limits.errorAfter == nil ? .warning : .error
        var exceeded: Severity?
        var message: String
        if seconds < -Self.slack {
            // It would count as fresh for as long as it takes the clock to get there.
            exceeded = strictest
            message = "dated \(TimeSpan(seconds: -seconds).readable) ahead of now"
        } else {
            message = "\(TimeSpan(seconds: max(0, seconds)).readable) old"
            if let limit = limits.errorAfter, seconds > limit.seconds {
                exceeded = .error
                message += ", may be \(limit.readable) at most"
            } else if let limit = limits.warnAfter, seconds > limit.seconds {
                exceeded = .warning
                message += ", should be \(limit.readable) at most"
            }
        }
        if isShown { message += " (\(newest.rfc3339))" }
        return TestResult(
            id: id, subject: subject, check: .freshness, severity: exceeded ?? strictest,
            outcome: exceeded == nil ? .passed : .failed, value: seconds.rounded(), message: message)
    }
}
