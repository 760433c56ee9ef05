/// The assignments of a dotenv file: `NAME=value`, one per line.
///
/// Blank lines and lines that begin with `#` are nothing; `export ` before a name is allowed. A value in single quotes is
/// taken as it is; in double quotes `\n`, `\t`, `\"`, `\\`, `\$` and `\`` stand for what they mean, and it may go over
/// several lines. Without quotes it ends at the end of the line or before ` #`. Nothing is expanded.
public struct DotenvFile: Hashable, Sendable {
    /// The last assignment of a name counts.
    public let values: [String: String]

    /// A line that is no assignment. It does not say what the line holds: it may be a secret.
    public struct Problem: Error, Hashable {
        /// Counted from 1.
        public let line: Int
        public let reason: String
    }

    public init(_ text: String) throws(Problem) {
        var values: [String: String] = [:]
        var reader = DotenvReader(text)
        while let (name, value) = try reader.next() { values[name] = value }
        self.values = values
    }
}

/// Reads one assignment after the other.
private struct DotenvReader {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func next() throws(DotenvFile.Problem) -> (name: String, value: String)? {
        skipBlankLines()
        guard position < bytes.count else { return nil }
        let start = position
        while let byte = peek, byte != UInt8(ascii: "="), byte != 10 { position += 1 }
        guard peek == UInt8(ascii: "=") else { throw problem("it is no `NAME=value`") }
        var name = trimmed(bytes[start..<position])
        if name.hasPrefix("export ") { name = trimmed(Array(name.utf8)[7...]) }
        guard NameRule.isIdentifier(name) else { throw problem("what stands before `=` is no name for a variable") }
        position += 1
        while peek == 32 || peek == 9 { position += 1 }
        let value: [UInt8]
        switch peek {
        case UInt8(ascii: "'"): value = try quoted(by: UInt8(ascii: "'"))
        case UInt8(ascii: "\""): value = try quoted(by: UInt8(ascii: "\""))
        default: return (name, plain())
        }
        while let byte = peek, byte != 10 {
            if byte == UInt8(ascii: "#") {
                skipLine()
                break
            }
            guard byte == 32 || byte == 9 || byte == 13 else {
                throw problem("something stands behind the closing quote")
            }
            position += 1
        }
        return (name, String(decoding: value, as: UTF8.self))
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipLine() {
        while let byte = peek, byte != 10 { position += 1 }
    }

    private mutating func skipBlankLines() {
        while let byte = peek {
            if byte == UInt8(ascii: "#") {
                skipLine()
                continue
            }
            guard byte == 10 || byte == 32 || byte == 9 || byte == 13 else { return }
            if byte == 10 { line += 1 }
            position += 1
        }
    }

    private mutating func plain() -> String {
        let start = position
        var end: Int?
        while let byte = peek, byte != 10 {
            if byte == UInt8(ascii: "#"), end == nil, position == start || bytes[position - 1] == 32 { end = position }
            position += 1
        }
        return trimmed(bytes[start..<(end ?? position)])
    }

    private mutating func quoted(by quote: UInt8) throws(DotenvFile.Problem) -> [UInt8] {
        let opened = line
        var value: [UInt8] = []
        position += 1
        while let byte = peek {
            position += 1
            if byte == quote { return value }
            if byte == 10 { line += 1 }
            guard byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), let escaped = peek else {
                value.append(byte)
                continue
            }
            position += 1
            switch escaped {
            case UInt8(ascii: "n"): value.append(10)
            case UInt8(ascii: "t"): value.append(9)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"): value.append(escaped)
            default: value += [byte, escaped]
            }
        }
        throw DotenvFile.Problem(line: opened, reason: "its quote is not closed")
    }

    private func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let blank: Set<UInt8> = [32, 9, 13]
        var slice = bytes
        while let first = slice.first, blank.contains(first) { slice.removeFirst() }
        while let last = slice.last, blank.contains(last) { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }

    private func problem(_ reason: String) -> DotenvFile.Problem { DotenvFile.Problem(line: line, reason: reason) }
}
