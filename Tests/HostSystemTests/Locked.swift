import Dispatch
import Synchronization

/// A value behind a lock.
final class Locked<Value: Sendable>: Sendable {
    private let stored: Mutex<Value>

    init(_ value: Value) { stored = Mutex(value) }

    var value: Value { stored.withLock { $0 } }

    func update(_ body: @Sendable (inout Value) -> Void) { stored.withLock { body(&$0) } }
}

/// Does something again and again on a thread of its own, until it is stopped.
final class Repeating: Sendable {
    private let isStopped = Atomic(false)
    private let group = DispatchGroup()

    init(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "repeating").async(group: group) { [self] in
            while !isStopped.load(ordering: .acquiring) { body() }
        }
    }

    /// Returns once it has stopped.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        group.wait()
    }
}
