import FoundationEssentials
import Model

/// What DuckDB's shell said to a script.
struct EngineAnswer: Sendable {
    /// The answer to one frame.
    enum Frame: Sendable {
        /// Cells as text, by column; `nil` is null.
        case rows([[String: String?]])
        case failed(EngineMessage)
    }

    /// By the number of the frame; those that were not reached are missing.
    private(set) var frames: [Int: Frame] = [:]
    /// Why the shell did not come to the end of the script; `nil` when it did.
    private(set) var interruption: String?
    let seconds: Double

    /// Reads what the shell wrote.
    ///
    /// - Parameters:
    ///   - output: standard output and standard error, in the order written.
    ///   - count: how many frames the script has.
    ///   - ending: how the shell ended, said when the end of the script was not reached.
    init(output: [UInt8], marker: String, count: Int, ending: String, seconds: Double) {
        self.seconds = seconds
        var current: Int?
        var lines: [Substring] = []
        var preamble: [Substring] = []
        // Frame `count` is the mark behind the last one: a frame counts once the next mark was reached.
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix(marker + " "), let number = Int(line.dropFirst(marker.count + 1)) else {
                if current == nil { preamble.append(line) } else { lines.append(line) }
                continue
            }
            if let current { frames[current] = Self.frame(lines) }
            current = number
            lines = []
        }
        guard current != count else { return }
        let message = EngineMessage(current == nil ? preamble : lines)
        interruption = message.text.isEmpty ? ending : message.text
    }

    private static func frame(_ lines: [Substring]) -> Frame {
        let decoder = JSONDecoder()
        var rows: [[String: String?]] = []
        for (index, line) in lines.enumerated() where !line.isEmpty {
            // A line that is not a row is the beginning of an error, and the rest belongs to it.
            guard line.hasPrefix("{"), let row = try? decoder.decode([String: String?].self, from: Data(line.utf8))
            else {
                return .failed(EngineMessage(Array(lines[index...])))
            }
            rows.append(row)
        }
        return .rows(rows)
    }
}

/// An error of DuckDB, cut down to what a person needs.
struct EngineMessage: Sendable, Hashable {
    /// One line.
    let text: String
    /// Whether the message is about the statement alone, and cannot quote data.
    let isAboutStatement: Bool

    /// Takes the first paragraph without the hints for DuckDB's own options and without the line of data it quotes.
    init(_ lines: some Sequence<Substring>) {
        var kept: [String] = []
        for line in lines.drop(while: \.isEmpty) {
            if line.isEmpty || line.hasPrefix("LINE ") || line.hasPrefix("Possible ") { break }
            if line.hasPrefix("Original Line:") { continue }
            kept.append(String(line))
        }
        let joined = kept.joined(separator: "; ")
        text = joined.count > 400 ? String(joined.prefix(400)) + "…" : joined
        isAboutStatement = ["Binder", "Parser", "Catalog", "Permission"].contains { joined.hasPrefix($0 + " Error") }
    }
}
