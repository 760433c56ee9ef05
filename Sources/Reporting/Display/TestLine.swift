import Model

/// A test's result as lines: what it is, what it found, its first failing rows (of a warning or proposal only
/// when the data was looked at), and the proposal.
public enum TestLine {
    /// Returns the lines of one result, cut to `width` cells.
    public static func lines(_ result: TestResult, width: Int, style: Style) -> [String] {
        let name = TerminalText.escaped(result.id)
        let message = TerminalText.escaped(result.message)
        var lines: [String]
        switch (result.outcome, result.severity) {
        case (.passed, _): lines = [style.green("passed  ") + "  \(name)"]
        case (.broken, _): lines = [style.red("broken  ") + "  \(name): \(message)"]
        case (.skipped, _): lines = [style.yellow("skipped ") + "  \(name): \(message)"]
        case (.failed, .error): lines = [style.red("error   ") + "  \(name): \(message)"]
        case (.failed, .warning): lines = [style.yellow("warning ") + "  \(name): \(message)"]
        case (.failed, .info): lines = [style.blue("info    ") + "  \(name): \(message)"]
        }
        if result.outcome == .failed, !result.isReused || result.stopsTheLine {
            lines += FailingRows.lines(result, width: width, style: style)
        }
        if result.outcome == .failed, let proposal = result.proposal {
            lines.append(
                "      " + style.blue("proposal") + " \(TerminalText.escaped(proposal.summary)): "
                    + "headgate test accept \(proposal.id)")
        }
        return lines
    }
}
