import HostSystem
import Synchronization
import SystemPackage

/// Gives steps that ask for a number of processors exactly these to run on, one after another of those of the machine.
///
/// What such a step starts counts no more processors than it has: most programs make as many threads as they may use.
/// Needs no privileges, unlike a quota of a control group. Source: `taskset(1)`.
public final class Processors: Sendable {
    /// The program taskset; `nil`: nothing is limited.
    public let program: FilePath?
    private let allowed: [Int]
    private let next = Mutex(0)

    /// - Parameter allowed: the numbers of the processors that Headgate itself may run on.
    public init(program: FilePath?, allowed: [Int]) {
        self.program = program
        self.allowed = allowed
    }

    /// Finds out what is there.
    ///
    /// - Parameter variables: with the PATH on which taskset is looked for.
    public convenience init(variables: [String: String]) {
        self.init(
            program: CommandRunner.locate("taskset", variables: variables), allowed: CurrentProcess.allowedProcessors)
    }

    /// The same command on `count` processors, rounded up; unchanged where there are no more.
    func limited(_ invocation: Invocation, to count: Double) -> Invocation {
        let count = max(1, Int(count.rounded(.up)))
        guard let program, count < allowed.count else { return invocation }
        let start = next.withLock { next in
            defer { next = (next + count) % allowed.count }
            return next
        }
        let chosen = (0..<count).map { String(allowed[(start + $0) % allowed.count]) }.joined(separator: ",")
        var limited = invocation
        limited.program = program.string
        limited.arguments = ["--cpu-list", chosen, invocation.program] + invocation.arguments
        return limited
    }
}
