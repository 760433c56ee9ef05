import Model

/// The first rows that fail a test, as they stand under its line on the terminal.
public enum FailingRows {
    public static let shown = 5

    /// A cell takes at most this many places.
    private static let widest = 24
    private static let indent = 6

    /// Returns a small table and, where there are more, how many; nothing for a test without a sample.
    ///
    /// Columns that do not fit are left out from the right: those that the test is about stand first in a sample.
    /// Masked cells are masked already: they never leave the engine.
    public static func lines(_ result: TestResult, width: Int, style: Style) -> [String] {
        guard let sample = result.sample, !sample.rows.isEmpty else { return [] }
        let titles = sample.columns.map { TerminalText.escaped($0) }
        let rows = sample.rows.prefix(shown).map { row in
            row.map { TerminalText.truncated(TerminalText.escaped($0 ?? "NULL"), to: widest) }
        }
        let fitting = columns(titles, rows, width: width - indent)
        let ellipsis = fitting < titles.count ? [TextTable.Column("…")] : []
        var table = TextTable(titles.prefix(fitting).map { TextTable.Column($0) } + ellipsis)
        for row in rows { table.add(Array(row.prefix(fitting))) }
        var lines = table.lines(width: width, style: style, indent: indent)
        let more = (result.failingRows ?? sample.rows.count) - rows.count
        if more > 0 { lines.append(style.dim(String(repeating: " ", count: indent) + "… \(more) more")) }
        return lines
    }

    /// How many columns fit without being cut further; at least one.
    private static func columns(_ titles: [String], _ rows: [[String]], width: Int) -> Int {
        let widths = titles.indices.map { index in
            max(TerminalText.width(titles[index]), rows.map { TerminalText.width($0[index]) }.max() ?? 0)
        }
        if widths.reduce(2 * (widths.count - 1), +) <= width { return widths.count }
        var used = 1  // The ellipsis.
        let fitting = widths.prefix { column in
            used += column + 2
            return used <= width
        }
        return max(fitting.count, 1)
    }
}
