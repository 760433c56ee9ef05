import Glibc
import Model

/// Where the time comes from; handed in, so that tests can say what time it is.
public struct TimeSource: Sendable {
    public let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }

    /// The machine's clock.
    public static let system = TimeSource(now: SystemClock.now)

    /// Always the same moment.
    public static func fixed(_ moment: Timestamp) -> TimeSource {
        TimeSource { moment }
    }
}

/// The machine's clocks.
public enum SystemClock {
    /// Returns the wall time.
    public static func now() -> Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }

    /// Returns nanoseconds on a clock that never jumps, for measuring.
    public static func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
