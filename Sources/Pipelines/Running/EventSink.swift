import Synchronization

/// Hands events on, one at a time, from whatever thread they come.
final class EventSink: Sendable {
    private let lock = Mutex(())
    private let receiver: @Sendable (PipelineEvent) -> Void

    init(_ receiver: @escaping @Sendable (PipelineEvent) -> Void) {
        self.receiver = receiver
    }

    func send(_ event: PipelineEvent) {
        lock.withLock { _ in receiver(event) }
    }
}
