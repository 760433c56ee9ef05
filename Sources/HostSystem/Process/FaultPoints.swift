import Glibc
import SystemPackage

/// Places at which a test may stop the program, named such as `create.workspace.before`.
public struct FaultPoints: Sendable {
    private let killAt: String?
    private let log: FilePath?

    /// Never stops and writes nothing.
    public static let none = FaultPoints(variables: [:])

    /// Reads `HEADGATE_FAULT` (`kill:<name>`) and `HEADGATE_FAULT_LOG` (a file to which each name is appended).
    public init(variables: [String: String]) {
        let fault = variables["HEADGATE_FAULT"] ?? ""
        killAt = fault.hasPrefix("kill:") ? String(fault.dropFirst("kill:".count)) : nil
        log = variables["HEADGATE_FAULT_LOG"].map { FilePath($0) }
    }

    /// Says that the program has got to `name`; kills it on the spot when that was asked for.
    public func reached(_ name: String) {
        if let log { append(name, to: log) }
        if name == killAt {
            kill(getpid(), SIGKILL)
            while true { pause() }  // The signal may arrive on another thread first.
        }
    }

    private func append(_ name: String, to log: FilePath) {
        // A test that misses a name in its log fails by itself.
        guard let file = try? OpenFile(log, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600) else { return }
        try? write(Array((name + "\n").utf8), to: file.descriptor, at: log)
    }
}
