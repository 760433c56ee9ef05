import Model

/// The first rows that fail a test, as they stand under its line on the terminal.
public enum FailingRows {
    public static let shown = 5

    /// Returns a small table and, where there are more, how many; nothing for a test without a sample.
    ///
    /// Masked cells are masked already: they never leave the engine.
    public static func lines(_ result: TestResult, width: Int, style: Style) -> [String] {
        guard let sample = result.sample, !sample.rows.isEmpty else { return [] }
        let rows = sample.rows.prefix(shown)
        var table = TextTable(sample.columns.map { TextTable.Column(TerminalText.escaped($0)) })
        for row in rows { table.add(row.map { $0 ?? "NULL" }) }
        var lines = table.lines(width: width, style: style, indent: 6)
        let more = (result.failingRows ?? sample.rows.count) - rows.count
        if more > 0 { lines.append(style.dim("      … \(more) more")) }
        return lines
    }
}
