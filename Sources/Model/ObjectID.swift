/// The name of a Git object: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
public struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    public let hex: String

    /// Makes an object id, or returns `nil` when `hex` has another length or other characters.
    public init?(_ hex: some StringProtocol) {
        guard hex.utf8.count == 40 || hex.utf8.count == 64, hex.utf8.allSatisfy(isLowercaseHexadecimal) else {
            return nil
        }
        self.hex = String(hex)
    }

    /// Whether this is the all-zero id by which Git says "no object".
    public var isZero: Bool { hex.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

    public var description: String { hex }

    /// The first ten digits, for people.
    public var short: String { String(hex.prefix(10)) }
}

extension ObjectID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = ObjectID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an object id: \(text)")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
