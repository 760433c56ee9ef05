/// How much the failure of a data test matters.
public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    /// Proposes a change; nothing stops.
    case info
    /// Flags; the line goes on.
    case warning
    /// Stops the line and closes the gate.
    case error

    /// Reads our word or another tool's: `warn`; `fail`, `critical`, `stop-on-error`; `log`.
    public init?(word: String) {
        switch word.lowercased() {
        case "error", "fail", "critical", "stop-on-error": self = .error
        case "warning", "warn": self = .warning
        case "info", "log": self = .info
        default: return nil
        }
    }

    public static func < (left: Severity, right: Severity) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .error: 2
        }
    }
}
