/// Rows of text in columns as wide as their widest cell, cut where the terminal ends.
public struct TextTable: Sendable {
    public enum Alignment: Sendable { case left, right }

    public struct Column: Sendable {
        public var title: String
        public var alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    public init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty.
    public mutating func add(_ cells: [String]) {
        let escaped = cells.map { TerminalText.escaped($0) }
        rows.append(Array((escaped + Array(repeating: "", count: max(0, columns.count - cells.count))).prefix(columns.count)))
    }

    /// The table as lines, each at most `width` cells wide; the title line is first, and is left out where all titles
    /// are empty.
    public func lines(width: Int, style: Style = .plain, indent: Int = 0) -> [String] {
        var widths = columns.indices.map { index in
            max(TerminalText.width(columns[index].title), rows.map { TerminalText.width($0[index]) }.max() ?? 0)
        }
        shrink(&widths, to: max(width - indent - 2 * (columns.count - 1), columns.count))
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        if columns.contains(where: { !$0.title.isEmpty }) {
            lines.append(margin + style.dim(line(columns.map(\.title), widths)))
        }
        return lines + rows.map { margin + line($0, widths) }
    }

    /// Takes from the widest column until all fit.
    private func shrink(_ widths: inout [Int], to total: Int) {
        while widths.reduce(0, +) > total, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > 4
        {
            widths[widest] -= 1
        }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = TerminalText.truncated(cell, to: widths[index])
            let padding = String(repeating: " ", count: widths[index] - TerminalText.width(text))
            line += columns[index].alignment == .right ? padding + text : text + padding
            if index < cells.count - 1 { line += "  " }
        }
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
