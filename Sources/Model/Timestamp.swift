/// A moment: nanoseconds since 1970-01-01 00:00:00 UTC.
public struct Timestamp: Hashable, Sendable, Comparable, Codable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public init(seconds: Int64) {
        self.nanoseconds = seconds * 1_000_000_000
    }

    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : (nanoseconds - 999_999_999) / 1_000_000_000
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    public static func - (left: Timestamp, right: Timestamp) -> TimeSpan {
        TimeSpan(seconds: Double(left.nanoseconds - right.nanoseconds) / 1e9)
    }

    public static func + (left: Timestamp, right: TimeSpan) -> Timestamp {
        Timestamp(nanoseconds: left.nanoseconds + Int64(right.seconds * 1e9))
    }

    /// Makes the first moment of a day in UTC, written `2026-12-24`; `nil` for what is no day.
    ///
    /// Source: the days-from-civil algorithm of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    public init?(day text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } }),
            let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2]), year >= 1970,
            year < 2200, (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(seconds: (era * 146_097 + dayOfEra - 719_468) * 86_400)
        // A day that the month does not have, such as 02-30, comes out as another one.
        guard rfc3339.hasPrefix(text) else { return nil }
    }

    /// RFC 3339 in UTC to the second, such as `2013-01-01T05:15:00Z`.
    ///
    /// Source: the civil-from-days algorithm of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    public var rfc3339: String {
        let dayLength: Int64 = 86_400
        let days = seconds >= 0 ? seconds / dayLength : (seconds - dayLength + 1) / dayLength
        let rest = seconds - days * dayLength
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
    }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
