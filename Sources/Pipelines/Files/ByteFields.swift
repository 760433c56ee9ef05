/// Bytes made of fields, each with its length in front, so that no two lists of fields give the same bytes.
extension [UInt8] {
    mutating func append(number: Int64) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    mutating func append(field: [UInt8]) {
        append(number: Int64(field.count))
        append(contentsOf: field)
    }

    mutating func append(text: String) {
        append(field: Array(text.utf8))
    }
}

/// Reads fields one after the other; `nil` past the end.
struct ByteReader {
    let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], _ place: Range<Int>) {
        self.bytes = bytes
        position = place.lowerBound
        end = place.upperBound
    }

    mutating func number() -> Int64? {
        guard position + 8 <= end else { return nil }
        defer { position += 8 }
        return bytes.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Int64.self)) }
    }

    /// Where the next field lies.
    mutating func field() -> Range<Int>? {
        guard let count = number(), count >= 0, count <= Int64(end - position) else { return nil }
        defer { position += Int(count) }
        return position..<position + Int(count)
    }

    mutating func text() -> String? {
        field().map { String(decoding: bytes[$0], as: UTF8.self) }
    }
}
