import Crypto

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
///
/// Kept as 32 bytes in place: a project may have hundreds of thousands of them in memory.
public struct ContentHash: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The digest, its first byte the highest of the first word.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes a digest that was written before, or returns `nil` when `hex` is not 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        var hex = hex
        let words = hex.withUTF8 { digits -> (UInt64, UInt64, UInt64, UInt64)? in
            guard digits.count == 64 else { return nil }
            func word(_ start: Int) -> UInt64? {
                var word: UInt64 = 0
                for digit in digits[start..<(start + 16)] {
                    guard isLowercaseHexadecimal(digit) else { return nil }
                    word =
                        word << 4
                        | UInt64(digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10)
                }
                return word
            }
            guard let first = word(0), let second = word(16), let third = word(32), let fourth = word(48) else {
                return nil
            }
            return (first, second, third, fourth)
        }
        guard let words else { return nil }
        self.words = words
    }

    public init(_ digest: SHA256.Digest) {
        words = digest.withUnsafeBytes { bytes in
            func word(_ start: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            }
            return (word(0), word(8), word(16), word(24))
        }
    }

    /// The 64 hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 64) { text in
            var place = 0
            for word in [words.0, words.1, words.2, words.3] {
                for shift in stride(from: UInt64(60), through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: word >> shift & 15)
                    text[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                    place += 1
                }
            }
            return place
        }
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

    public static func == (left: ContentHash, right: ContentHash) -> Bool { left.words == right.words }
    public static func < (left: ContentHash, right: ContentHash) -> Bool { left.words < right.words }

    public func hash(into hasher: inout Hasher) {
        // The digest is as good as random.
        hasher.combine(words.0)
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

    /// Adds one text with its length.
    public mutating func add(_ value: String) {
        var value = value
        value.withUTF8 { bytes in
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hasher.update(bufferPointer: $0) }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(bytes))
        }
    }

    /// Adds a labelled text.
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

    /// Returns the hash of everything that was added.
    public func finish() -> ContentHash {
        ContentHash(hasher.finalize())
    }
}

func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}
