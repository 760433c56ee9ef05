import Glibc
import Synchronization
import SystemPackage

/// Places at which a test may stop the program.
///
/// A workflow names its own, such as `create.worktree.before`. Besides, once `countChanges()` was called, there is one
/// before every change that leaves the process, whoever makes it: `create.worktree.before+2.child` is the second change
/// after that place, the start of a child process.
public struct FaultPoints: Sendable {
    /// What a process changes outside its memory.
    public enum Change: String, Sendable {
        case file, directory, rename, removal, database, child
    }

    private let killAt: String?
    private let log: FilePath?

    /// Never stops and writes nothing.
    public static let none = FaultPoints(variables: [:])

    /// The variables that it reads; none of them is a child's business.
    public static let variables: Set<String> = ["HEADGATE_FAULT", "HEADGATE_FAULT_LOG"]

    /// Reads `HEADGATE_FAULT` (`kill:<name>`) and `HEADGATE_FAULT_LOG` (a file to which each name is appended).
    public init(variables: [String: String]) {
        let fault = variables["HEADGATE_FAULT"] ?? ""
        killAt = fault.hasPrefix("kill:") ? String(fault.dropFirst("kill:".count)) : nil
        log = variables["HEADGATE_FAULT_LOG"].map { FilePath($0) }
    }

    private var isActive: Bool { killAt != nil || log != nil }

    /// Says that the program has got to `name`; kills it on the spot when that was asked for.
    public func reached(_ name: String) {
        guard isActive else { return }
        Self.counter.withLock { $0?.begin(after: name) }
        stop(at: name)
    }

    /// Makes a place of every change in this process; nothing happens unless a test asked for it.
    public func countChanges() {
        guard isActive else { return }
        Self.counter.withLock { $0 = Counter(points: self) }
        Self.isCounting.store(true, ordering: .releasing)
    }

    /// Says that this process is about to change something.
    public static func changing(_ change: Change) {
        guard isCounting.load(ordering: .acquiring) else { return }
        let next = counter.withLock { $0?.next(change) }
        if let next { next.points.stop(at: next.name) }
    }

    private func stop(at name: String) {
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

    private static let isCounting = Atomic<Bool>(false)
    private static let counter = Mutex<Counter?>(nil)

    /// Numbers the changes since the last named place.
    private struct Counter {
        let points: FaultPoints
        private var place = "start"
        private var count = 0

        init(points: FaultPoints) {
            self.points = points
        }

        mutating func begin(after name: String) {
            place = name
            count = 0
        }

        mutating func next(_ change: Change) -> (points: FaultPoints, name: String) {
            count += 1
            return (points, "\(place)+\(count).\(change.rawValue)")
        }
    }
}
