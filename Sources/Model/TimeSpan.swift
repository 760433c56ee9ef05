/// A length of time in seconds, written `90s`, `30m`, `26h` or `14d`.
public struct TimeSpan: Hashable, Sendable, Comparable, Codable {
    public let seconds: Double

    public init(seconds: Double) {
        self.seconds = seconds
    }

    public init(from decoder: any Decoder) throws {
        seconds = try decoder.singleValueContainer().decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }

    /// Reads a number followed by `s`, `m`, `h` or `d`; `nil` for anything else, and for a negative number.
    public init?(_ text: String) {
        let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last, let factor = factors[unit], let number = Double(text.dropLast()), number >= 0,
            number.isFinite
        else { return nil }
        seconds = number * factor
    }

    public static func days(_ count: Double) -> TimeSpan { TimeSpan(seconds: count * 86_400) }
    public static func hours(_ count: Double) -> TimeSpan { TimeSpan(seconds: count * 3600) }

    public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.seconds < right.seconds
    }

    /// The length in one unit, for people: `0.4s`, `12s`, `3m`, `26h`, `14d`.
    public var readable: String {
        switch seconds {
        case ..<10: "\((seconds * 10).rounded() / 10)s".replacing(".0s", with: "s")
        case ..<120: "\(Int(seconds.rounded()))s"
        case ..<7200: "\(Int((seconds / 60).rounded()))m"
        case ..<172_800: "\(Int((seconds / 3600).rounded()))h"
        default: "\(Int((seconds / 86_400).rounded()))d"
        }
    }
}
