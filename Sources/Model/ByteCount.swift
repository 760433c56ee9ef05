/// A number of bytes, written `500MB`, `50GB` (decimal) or `4MiB`, `2GiB` (binary).
public struct ByteCount: Hashable, Sendable, Comparable, Codable {
    public let bytes: Int64

    public init(_ bytes: Int64) {
        self.bytes = bytes
    }

    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }

    /// Reads a number and a unit; `nil` for anything else, for a negative number, and for more than `Int64` holds.
    public init?(_ text: String) {
        let units: [(String, Double)] = [
            ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
            ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
        ]
        guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(text.dropLast(unit.count).filter { $0 != " " }), number >= 0,
            number * factor < 9e18
        else { return nil }
        bytes = Int64(number * factor)
    }

    public static func < (left: ByteCount, right: ByteCount) -> Bool {
        left.bytes < right.bytes
    }

    /// The number in the largest fitting decimal unit, for people: `812 B`, `3.1 GB`.
    public var readable: String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        if unit == 0 { return "\(bytes) B" }
        let rounded = value < 10 ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))"
        return "\(rounded) \(units[unit])"
    }
}
