/// A condition on a measured value: `"> 0"`, `"> 0.5%"`, `"between 10 and 20"`, `"= 0"`.
///
/// A condition on a share is met by the share of failing rows among the rows looked at, in percent.
public struct Threshold: Hashable, Sendable {
    /// How a measured value is compared; the raw value is the sign that is written.
    public enum Comparison: String, Hashable, Sendable, CaseIterable {
        case atLeast = ">="
        case atMost = "<="
        case notEqual = "!="
        case more = ">"
        case less = "<"
        case equal = "="
        case between
    }

    public let comparison: Comparison
    public let bound: Double
    /// The upper bound of `between`; equal to `bound` otherwise.
    public let upperBound: Double
    public let isShare: Bool
    /// The text it was read from.
    public let text: String

    /// Reads a condition, or returns `nil` where `text` is none.
    public init?(_ text: String) {
        let trimmed = text.trimmingSpaces
        self.text = trimmed
        if trimmed.hasPrefix("between ") {
            let parts = trimmed.dropFirst("between ".count).components(around: " and ")
            guard parts.count == 2, let low = number(parts[0]), let high = number(parts[1]), low.share == high.share,
                low.value <= high.value
            else { return nil }
            (comparison, bound, upperBound, isShare) = (.between, low.value, high.value, low.share)
            return
        }
        guard let sign = Comparison.allCases.first(where: { $0 != .between && trimmed.hasPrefix($0.rawValue) }),
            let value = number(String(trimmed.dropFirst(sign.rawValue.count)))
        else { return nil }
        (comparison, bound, upperBound, isShare) = (sign, value.value, value.value, value.share)
    }

    /// Whether the condition is met.
    ///
    /// - Parameters:
    ///   - value: the measured value, for row tests the number of failing rows.
    ///   - total: the rows looked at; a share of none is 0.
    public func isMet(by value: Double, of total: Double) -> Bool {
        let measured = isShare ? (total > 0 ? value / total * 100 : 0) : value
        switch comparison {
        case .more: return measured > bound
        case .less: return measured < bound
        case .atLeast: return measured >= bound
        case .atMost: return measured <= bound
        case .equal: return measured == bound
        case .notEqual: return measured != bound
        case .between: return measured >= bound && measured <= upperBound
        }
    }
}

extension Threshold: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let threshold = Threshold(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a threshold: \(text)")
        }
        self = threshold
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

private func number(_ text: String) -> (value: Double, share: Bool)? {
    let trimmed = text.trimmingSpaces
    let isShare = trimmed.hasSuffix("%")
    guard let value = Double(isShare ? String(trimmed.dropLast()).trimmingSpaces : trimmed), value.isFinite else {
        return nil
    }
    return (value, isShare)
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    fileprivate func components(around separator: String) -> [String] {
        split(separator: separator, maxSplits: 1).map { String($0) }
    }
}
