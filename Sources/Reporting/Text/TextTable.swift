/// Rows of text in columns as wide as their widest cell, cut where the terminal ends.
public struct TextTable: Sendable {
    /// On which side a column's cells begin.
    public enum Alignment: Sendable { case left, right }

    /// A column's heading and alignment.
    public struct Column: Sendable {
        /// Text that is safe to show; a title that comes from outside must be escaped first.
        public var title: String
        public var alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    /// A cell is cut no further than this; where even that is too much, columns on the right are left out.
    private static let narrowest = 6
    /// What ends each line where columns are left out.
    private static let marker = "  …"

    private let columns: [Column]
    private var rows: [[String]] = []

    public init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty, and what a terminal would obey is escaped.
    public mutating func add(_ cells: [String]) {
        let escaped = cells.map { TerminalText.escaped($0) }
        rows.append(
            Array((escaped + Array(repeating: "", count: max(0, columns.count - cells.count))).prefix(columns.count)))
    }

    /// The table as lines, each at most `width` cells wide; the title line is first, and is left out where all titles
    /// are empty.
    ///
    /// Columns that have no room at all are left out, and a last column of `…` says so.
    public func lines(width: Int, style: Style = .plain, indent: Int = 0) -> [String] {
        let natural = columns.indices.map { index in
            max(TerminalText.width(columns[index].title), rows.map { TerminalText.width($0[index]) }.max() ?? 0)
        }
        let total = max(width - indent, 1)
        let widths = fitted(natural, to: total)
        let saysMore = widths.count < columns.count && total > Self.marker.count
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        if columns.contains(where: { !$0.title.isEmpty }) {
            lines.append(margin + style.dim(line(columns.map(\.title), widths, saysMore: saysMore)))
        }
        return lines + rows.map { margin + line($0, widths, saysMore: saysMore) }
    }

    /// The widths of the columns that are shown.
    private func fitted(_ natural: [Int], to total: Int) -> [Int] {
        var count = natural.count
        func gaps() -> Int {
            2 * (count - 1) + (count < natural.count && total > Self.marker.count ? Self.marker.count : 0)
        }
        func least() -> Int {
            natural.prefix(count).reduce(gaps()) { $0 + min($1, Self.narrowest) }
        }
        while count > 1, least() > total { count -= 1 }
        var widths = Array(natural.prefix(count))
        var excess = widths.reduce(0, +) - max(total - gaps(), 1)
        // Takes from the widest column until all fit; a single column gives way however narrow it gets.
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 1 {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int], saysMore: Bool) -> String {
        var parts: [String] = []
        for (index, width) in widths.enumerated() {
            let text = TerminalText.truncated(cells[index], to: width)
            let padding = String(repeating: " ", count: max(0, width - TerminalText.width(text)))
            parts.append(columns[index].alignment == .right ? padding + text : text + padding)
        }
        let line = parts.joined(separator: "  ") + (saysMore ? Self.marker : "")
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
