/// How a command ended, as its exit code. Source: `sysexits(3)` where a code above 63 has a meaning there.
public struct ExitStatus: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// 0: done; the answer is yes.
    public static let done = ExitStatus(rawValue: 0)
    /// 1: the answer is no: a test failed, the gate is closed, a command refused.
    public static let refused = ExitStatus(rawValue: 1)
    /// 3: a merge conflict.
    public static let conflict = ExitStatus(rawValue: 3)
    /// 10: `plan` and `diff --exit-code` found something.
    public static let something = ExitStatus(rawValue: 10)
    /// 64: the command line is wrong.
    public static let usage = ExitStatus(rawValue: 64)
    /// 70: a fault in Headgate.
    public static let fault = ExitStatus(rawValue: 70)
    /// 74: disk, Git or SQLite failed.
    public static let inputOutput = ExitStatus(rawValue: 74)
    /// 75: somebody else holds the lock; try again.
    public static let tryAgain = ExitStatus(rawValue: 75)
    /// 78: the configuration is wrong, or not trusted.
    public static let configuration = ExitStatus(rawValue: 78)

    /// 127: a command that `exec` was to run is not there. Source: `sh(1)`.
    public static let commandNotFound = ExitStatus(rawValue: 127)

    /// 128 + n: ended by signal `n`.
    public static func signal(_ number: Int32) -> ExitStatus {
        ExitStatus(rawValue: 128 + number)
    }
}
