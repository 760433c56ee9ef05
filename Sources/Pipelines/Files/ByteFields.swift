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
