import Synchronization

/// A value behind a lock.
final class Locked<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>

    init(_ value: Value) { stored = Mutex(value) }

    var value: Value { stored.withLock { $0 } }

    func update(_ body: @Sendable (inout Value) -> Void) { stored.withLock { body(&$0) } }
}
