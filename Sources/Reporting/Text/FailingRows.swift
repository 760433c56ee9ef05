import Model

/// The first rows that fail a test, as they stand under its line on the terminal.
public enum FailingRows {
    public static let shown = 5

    /// Returns a small table and, where there are more, how many; nothing for a test without a sample.
    public static func lines(_ result: TestResult, width: Int, style: Style) -> [String] {
        guard let sample = result.sample, !sample.rows.isEmpty else { return [] }
        let fitting = columns(of: sample, width: width - 6)
        let hasMore = fitting.count < sample.columns.count
        var table = TextTable(
            fitting.map { TextTable.Column(TerminalText.escaped(sample.columns[$0])) } + (hasMore ? [.init("…")] : []))
        for row in sample.rows.prefix(shown) {
            table.add(fitting.map { TerminalText.truncated(row[$0] ?? "NULL", to: widest) })
        }
        var lines = table.lines(width: width, style: style, indent: 6)
        let total = result.failingRows ?? sample.rows.count
        if total > shown { lines.append(style.dim("      … \(total - shown) more")) }
        return lines
    }

    /// A cell takes at most this many places.
    private static let widest = 24

    /// The columns, from the left, that fit without being cut further; the tested ones stand first in a sample.
    private static func columns(of sample: RowSample, width: Int) -> [Int] {
        var room = width - 3
        var fitting: [Int] = []
        for index in sample.columns.indices {
            let cells = sample.rows.prefix(shown).map { min(widest, TerminalText.width($0[index] ?? "NULL")) }
            let needed = max(TerminalText.width(sample.columns[index]), cells.max() ?? 0) + 2
            if needed > room, !fitting.isEmpty { break }
            fitting.append(index)
            room -= needed
        }
        return fitting
    }
}
