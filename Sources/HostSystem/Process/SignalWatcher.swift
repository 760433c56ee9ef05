/// A signal that Headgate answers to.
public enum WatchedSignal: Int32, Sendable, CaseIterable {
    case hangup = 1, interrupt = 2, terminate = 15, windowChange = 28
}

/// Turns signals into values for as long as it exists.
public final class SignalWatcher: Sendable {
    /// The signals in the order they came.
    public let signals: AsyncStream<WatchedSignal>

    public init(_ watched: [WatchedSignal] = WatchedSignal.allCases) {
        signals = AsyncStream { $0.finish() }
    }
}
