/// A bound of a number: whole ones exactly, others as a DOUBLE holds them.
///
/// Whole numbers of data, such as identifiers of 20 digits, are wider than a DOUBLE's 53 bits and than 64 bits.
public enum NumericBound: Hashable, Sendable, Codable {
    case whole(Int128)
    case fraction(Double)

    /// A whole number that a DOUBLE holds exactly becomes a whole bound, so that `2` and `2.0` are one.
    public init(_ value: Double) {
        self = value == value.rounded() && abs(value) <= 0x1p53 ? .whole(Int128(value)) : .fraction(value)
    }

    /// Reads `text` as a finite number, or returns `nil` where it is none.
    public init?(_ text: String) {
        if let whole = Int128(text) {
            self = .whole(whole)
        } else if let value = Double(text), value.isFinite {
            self.init(value)
        } else {
            return nil
        }
    }

    /// The nearest DOUBLE.
    public var value: Double {
        switch self {
        case .whole(let number): Double(number)
        case .fraction(let number): number
        }
    }

    /// As people write it: `120`, not `120.0`.
    public var text: String {
        switch self {
        case .whole(let number): String(number)
        case .fraction(let number): String(number)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bound = NumericBound(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number")
        }
        self = bound
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension NumericBound: Comparable {
    public static func < (one: NumericBound, other: NumericBound) -> Bool {
        if case .whole(let one) = one, case .whole(let other) = other { return one < other }
        return one.value < other.value
    }
}

extension NumericBound: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(integerLiteral value: Int64) { self = .whole(Int128(value)) }
    public init(floatLiteral value: Double) { self.init(value) }
}
