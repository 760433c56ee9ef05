import Model

/// A text that is changed at places given as line and column of the text as it was; edits are made from the end.
struct EditableText {
    private struct Edit {
        var range: Range<Int>
        var text: String
    }

    private let bytes: [UInt8]
    /// The offset of each line's first byte.
    private let lines: [Int]
    private var edits: [Edit] = []

    init(_ text: String) {
        let bytes = Array(text.utf8)
        lines = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        self.bytes = bytes
    }

    var result: String {
        var result = bytes
        for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            result.replaceSubrange(edit.range, with: Array(edit.text.utf8))
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Adds text at a place; returns whether there is such a place.
    mutating func insert(_ text: String, at place: SourceLine) -> Bool {
        guard let offset = offset(place) else { return false }
        edits.append(Edit(range: offset..<offset, text: text))
        return true
    }

    /// Replaces what stands between two places; returns whether there are such places.
    mutating func replace(from start: SourceLine, to end: SourceLine, with text: String) -> Bool {
        guard let first = offset(start), let last = offset(end), first < last else { return false }
        edits.append(Edit(range: first..<last, text: text))
        return true
    }

    /// Adds whole lines below a line, ended like that line; returns whether there is such a line.
    mutating func insert(lines added: [String], below line: Int) -> Bool {
        guard (1...lines.count).contains(line) else { return false }
        let isLast = line == lines.count
        let next = isLast ? bytes.count : lines[line]
        let carriage = next >= 2 && !isLast && bytes[next - 2] == UInt8(ascii: "\r") ? "\r" : ""
        let text = isLast ? added.map { "\n" + $0 }.joined() : added.map { $0 + carriage + "\n" }.joined()
        edits.append(Edit(range: next..<next, text: text))
        return true
    }

    /// The offset of a place; columns are counted in Unicode scalars.
    private func offset(_ place: SourceLine) -> Int? {
        guard (1...lines.count).contains(place.line) else { return nil }
        var offset = lines[place.line - 1]
        for _ in 1..<max(1, place.column) {
            guard offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") else { return nil }
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
        }
        return offset
    }
}
