import CHost
import Dispatch
import Glibc
import Model
import Subprocess
import Synchronization
import SystemPackage

/// Watches one running command on a thread of its own: reads what it writes, ends it when its time is over or its
/// task is cancelled, and kills what it leaves behind.
///
/// ```
///  running ──▶ ending (SIGTERM sent) ──▶ killed (SIGKILL sent)
///     └───────────────┴─────────────────────┴──▶ exited ──▶ drained
/// ```
///
/// The process is reaped by `CommandRunner` after `watch` returned: until then its number, which is also that of its
/// process group and session, cannot be given to another process, so that no signal hits a stranger.
final class CommandMonitor: Sendable {
    private let invocation: Invocation
    /// Becomes readable when the task is cancelled.
    private let cancellation: Int32
    private let cancelled = Atomic(false)

    init(_ invocation: Invocation) throws(HostError) {
        self.invocation = invocation
        cancellation = try call("watch", FilePath(invocation.program)) { chost_event_counter() }
    }

    deinit { close(cancellation) }

    /// Ends the command, also one that is only about to start.
    func cancel() {
        cancelled.store(true, ordering: .releasing)
        var one: UInt64 = 1
        _ = Glibc.write(cancellation, &one, 8)
    }

    /// What was seen of a command, before its exit status is known.
    struct Observation: Sendable {
        var output: [UInt8]
        var errorOutput: [UInt8]
        var truncated: Bool
        var timedOut: Bool
        var cancelled: Bool
        var failure: HostError?
        var seconds: Double
        var memoryExceeded: Int64?

        func result(_ status: TerminationStatus) throws -> CommandResult {
            if cancelled { throw CancellationError() }
            if let failure { throw failure }
            let termination: Termination =
                switch status {
                case _ where timedOut: .timedOut
                case .exited(let code): .exited(code)
                case .signaled(let number): .signalled(number)
                }
            return CommandResult(
                termination: termination, output: output, errorOutput: errorOutput, truncated: truncated,
                seconds: seconds, memoryExceeded: memoryExceeded)
        }
    }

    /// Watches the process until it has exited and its output is read.
    ///
    /// - Parameter descriptor: a pidfd, which becomes readable on exit.
    func watch(
        process: Int32, descriptor: Int32, output: Int32?, error: Int32?, leadsSession: Bool
    ) async throws -> Observation {
        let target = EndingTarget(
            process: process, leadsSession: leadsSession, isWrapped: invocation.isWrapped)
        return await withCheckedContinuation { continuation in
            DispatchQueue(label: "command").async { [self] in
                var watch = Watch(
                    invocation, target, descriptors: [descriptor, output ?? -1, error ?? -1, cancellation])
                watch.untilExit()
                watch.untilDrained()
                continuation.resume(returning: watch.observation(cancelled: cancelled.load(ordering: .acquiring)))
            }
        }
    }
}

/// The loop of a `CommandMonitor`, used by one thread.
private struct Watch {
    private let target: EndingTarget
    private let grace: Int64
    private var polled: [pollfd]
    private var output: OutputSink
    private var errorOutput: OutputSink
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// When to do the next thing about it; `nil` for never.
    private var deadline: Int64?
    private var timedOut = false
    private let memoryLimit: Int64?
    private var memoryExceeded: Int64?
    private var phase = Phase.running
    /// Whether the command was there to hear that it should end.
    private var wasAsked = true
    private let started = SystemClock.monotonicNanoseconds()

    private enum Phase { case running, ending, killed }

    /// The places of the descriptors in `polled`.
    private let exit = 0, outputPlace = 1, errorPlace = 2, cancellation = 3

    init(_ invocation: Invocation, _ target: EndingTarget, descriptors: [Int32]) {
        self.target = target
        grace = nanoseconds(invocation.gracePeriod)
        memoryLimit = invocation.memoryLimit
        polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        output = OutputSink(invocation.output, observe: invocation.observe, redactions: invocation.redactions)
        errorOutput = OutputSink(invocation.errorOutput)
        deadline = invocation.timeLimit.map { SystemClock.monotonicNanoseconds() + nanoseconds($0) }
    }

    mutating func untilExit() {
        while true {
            var look = memoryLimit.map { _ in SystemClock.monotonicNanoseconds() + 100_000_000 }
            if phase == .ending, !wasAsked { look = SystemClock.monotonicNanoseconds() + 10_000_000 }
            wait(until: [deadline, look].compactMap { $0 }.min())
            readOutput()
            if polled[exit].revents != 0 { return }
            lookAtMemory()
            if phase == .ending, !wasAsked { wasAsked = target.terminate() }
            if polled[cancellation].revents != 0 {
                polled[cancellation].fd = -1
                if phase == .running { end() }
            }
            if let deadline, SystemClock.monotonicNanoseconds() >= deadline {
                switch phase {
                case .running:
                    timedOut = true
                    end()
                case .ending, .killed:
                    // Again and again: what forks while it is killed may leave one behind.
                    phase = .killed
                    target.kill()
                    self.deadline = SystemClock.monotonicNanoseconds() + 100_000_000
                }
            }
        }
    }

    private mutating func lookAtMemory() {
        guard let memoryLimit, phase == .running,
            let used = MemoryUse.exceeding(memoryLimit, of: target.process, session: target.leadsSession)
        else { return }
        memoryExceeded = used
        phase = .killed
        target.kill()
        // What forks while it is killed may leave one behind.
        deadline = SystemClock.monotonicNanoseconds() + 100_000_000
    }

    /// Reads on after the exit until every writer is gone, and kills those that are left.
    ///
    /// Writers may outlive the command for a good reason, as `exec > >(tee log)` does in a shell: they get a moment
    /// of silence to finish.
    mutating func untilDrained() {
        polled[exit].fd = -1
        polled[cancellation].fd = -1
        let last = SystemClock.monotonicNanoseconds() + grace
        while polled[outputPlace].fd >= 0 || polled[errorPlace].fd >= 0 {
            let quiet = SystemClock.monotonicNanoseconds() + (phase == .running ? 200_000_000 : 50_000_000)
            guard wait(until: min(quiet, last)), SystemClock.monotonicNanoseconds() < last else {
                target.killSession()
                readOutput()
                break
            }
            readOutput()
        }
        if phase != .running { target.killSession() }
        target.killGroup()
        output.finish()
        errorOutput.finish()
    }

    func observation(cancelled: Bool) -> CommandMonitor.Observation {
        CommandMonitor.Observation(
            output: output.captured, errorOutput: errorOutput.captured,
            truncated: output.truncated || errorOutput.truncated, timedOut: timedOut, cancelled: cancelled,
            failure: output.failure, seconds: Double(SystemClock.monotonicNanoseconds() - started) / 1e9,
            memoryExceeded: memoryExceeded)
    }

    private mutating func end() {
        phase = .ending
        wasAsked = target.terminate()
        deadline = SystemClock.monotonicNanoseconds() + grace
    }

    /// Waits until something happens or the time has come; whether something happened.
    @discardableResult
    private mutating func wait(until moment: Int64?) -> Bool {
        while true {
            var milliseconds: Int32 = -1
            if let moment {
                let left = max(0, moment - SystemClock.monotonicNanoseconds())
                milliseconds = Int32(min((left + 999_999) / 1_000_000, 1_000_000))
            }
            let count = poll(&polled, nfds_t(polled.count), milliseconds)
            if count >= 0 { return count > 0 }
            // Only a signal interrupts it; the arguments are right by construction.
            precondition(errno == EINTR || errno == ENOMEM, "poll refused its own descriptors")
        }
    }

    private mutating func readOutput() {
        read(outputPlace)
        read(errorPlace)
    }

    /// Reads one pipe until it is empty, at most 1 MiB at a time so that nothing else has to wait.
    private mutating func read(_ place: Int) {
        guard polled[place].fd >= 0, polled[place].revents != 0 else { return }
        for _ in 0..<16 {
            let count = Glibc.read(polled[place].fd, &buffer, buffer.count)
            if count > 0 {
                if place == outputPlace { output.take(buffer[..<count]) } else { errorOutput.take(buffer[..<count]) }
                if count < buffer.count { return }
            } else {
                if count == 0 || (errno != EAGAIN && errno != EINTR) { polled[place].fd = -1 }
                return
            }
        }
    }
}

private func nanoseconds(_ span: TimeSpan) -> Int64 {
    Int64(min(max(span.seconds, 0), 1e9) * 1e9)
}
