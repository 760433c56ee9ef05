import CHost
import Dispatch
import Glibc

/// A signal that Headgate answers to.
public enum WatchedSignal: Int32, Sendable, CaseIterable {
    case hangup = 1
    case interrupt = 2
    case terminate = 15
    case windowChange = 28
}

/// Turns signals into values for as long as it exists; one at a time in a program.
///
/// Child processes start with the signals as they are by default. A signal that was ignored when the program started
/// stays ignored.
public final class SignalWatcher: Sendable {
    /// The signals in the order they came.
    public let signals: AsyncStream<WatchedSignal>
    private let watched: [WatchedSignal]
    private let continuation: AsyncStream<WatchedSignal>.Continuation
    private let writer: Int32

    public init(_ watched: [WatchedSignal] = WatchedSignal.allCases) throws(HostError) {
        self.watched = watched
        var ends: [Int32] = [0, 0]
        try call("make", "a pipe") { chost_pipe(&ends) }
        let reader = ends[0]
        writer = ends[1]
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
        let (signals, continuation) = AsyncStream.makeStream(of: WatchedSignal.self)
        self.signals = signals
        self.continuation = continuation
        for signal in watched { chost_watch_signal(signal.rawValue, writer) }
        // Reads until the other end is closed.
        DispatchQueue(label: "signals").async {
            var byte: UInt8 = 0
            while true {
                let count = read(reader, &byte, 1)
                if count == 1, let signal = WatchedSignal(rawValue: Int32(byte)) { continuation.yield(signal) }
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            close(reader)
        }
    }

    deinit {
        for signal in watched { chost_unwatch_signal(signal.rawValue) }
        close(writer)
        continuation.finish()
    }
}
