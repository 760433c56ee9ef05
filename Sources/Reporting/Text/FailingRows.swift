import Model

/// The first rows that fail a test, as they stand under its line on the terminal.
public enum FailingRows {
    public static let shown = 5

    /// Returns a small table and, where there are more, how many; nothing for a test without a sample.
    public static func lines(_ result: TestResult, width: Int, style: Style) -> [String] {
        guard let sample = result.sample, !sample.rows.isEmpty else { return [] }
        var table = TextTable(sample.columns.map { TextTable.Column(TerminalText.escaped($0)) })
        for row in sample.rows.prefix(shown) { table.add(row.map { $0 ?? "NULL" }) }
        var lines = table.lines(width: width, style: style, indent: 6)
        let total = result.failingRows ?? sample.rows.count
        if total > shown { lines.append(style.dim("      … \(total - shown) more")) }
        return lines
    }
}
