import Crypto

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
public struct ContentHash: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 64 hexadecimal digits.
    public let hex: String

    /// Takes a digest that was written before, or returns `nil` when `hex` is not 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(isLowercaseHexadecimal) else { return nil }
        self.hex = hex
    }

    public init(_ digest: SHA256.Digest) {
        self.hex = hexadecimal(digest)
    }

    /// Hashes the UTF-8 bytes of `text`.
    public init(of text: String) {
        var text = text
        self = text.withUTF8 { ContentHash(SHA256.hash(data: UnsafeRawBufferPointer($0))) }
    }

    /// Hashes bytes that need not be text.
    public init(ofBytes bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { ContentHash(SHA256.hash(data: $0)) }
    }

    public var description: String { hex }

    /// The first `count` digits, for people.
    public func prefix(_ count: Int) -> String {
        String(hex.prefix(count))
    }

    public static func < (left: ContentHash, right: ContentHash) -> Bool {
        left.hex < right.hex
    }
}

extension ContentHash: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hash = ContentHash(hex: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256: \(text)")
        }
        self = hash
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// Builds a hash of several fields such that no two different lists of fields give the same bytes.
///
/// Each field goes in as its label and its value, both with their length in front.
public struct FieldHasher: Sendable {
    private var hasher = SHA256()

    public init(domain: String) {
        add(domain)
    }

    public mutating func add(_ value: String) {
        var value = value
        value.withUTF8 { bytes in
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hasher.update(bufferPointer: $0) }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
        }
    }

    public mutating func add(_ label: String, _ value: String) {
        add(label)
        add(value)
    }

    /// Adds bytes that need not be text, such as a file's name.
    public mutating func add(_ label: String, bytes: [UInt8]) {
        add(label)
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hasher.update(bufferPointer: $0) }
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    }

    /// Adds a list, with its count, so that `["a"], ["b"]` and `["a", "b"]` differ.
    public mutating func add(_ label: String, _ values: [String]) {
        add(label)
        add(String(values.count))
        for value in values { add(value) }
    }

    /// Adds a map in the order of its keys.
    public mutating func add(_ label: String, _ values: [String: String]) {
        add(label)
        add(String(values.count))
        for (key, value) in values.sorted(by: { $0.key < $1.key }) { add(key, value) }
    }

    public func finish() -> ContentHash {
        ContentHash(hasher.finalize())
    }
}

func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
