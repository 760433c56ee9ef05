import Model

/// How a source would be pinned or put in place, and what that would cost.
public struct PinPrediction: Hashable, Sendable {
    public var kind: PinKind
    public var files: Int
    /// The sum of the files' sizes.
    public var bytes: Int64
    /// What the disk would have to hold besides what it holds already; 0 for clones and what stays in place.
    public var newBytes: Int64
    /// A guess, from what was measured on ordinary disks.
    public var seconds: Double
    /// Why this kind, for people: one clause without a full stop.
    public var reason: String

    public init(kind: PinKind, files: Int, bytes: Int64, newBytes: Int64, seconds: Double, reason: String) {
        self.kind = kind
        self.files = files
        self.bytes = bytes
        self.newBytes = newBytes
        self.seconds = seconds
        self.reason = reason
    }
}

/// Guesses how long things take.
enum PinCost {
    static func look(files: Int) -> Double { Double(files) * 4e-6 }
    static func clone(files: Int) -> Double { Double(files) * 60e-6 }
    /// 400 MB/s, and a tenth of a millisecond for each file.
    static func copy(files: Int, bytes: Int64) -> Double { Double(files) * 1e-4 + Double(bytes) / 4e8 }
    static let snapshot = 0.2
}
