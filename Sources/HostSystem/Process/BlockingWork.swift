import Dispatch
import Synchronization

/// Work that blocks, done on threads of its own so that the shared pool stays free.
public enum BlockingWork {
    /// Calls `body` with 0 ..< `count` on `width` threads and returns what it returned, in the order of the numbers.
    ///
    /// - Throws: the first error; the numbers not begun by then are left out. `CancellationError` likewise.
    public static func run<Result: Sendable>(
        count: Int, width: Int, _ body: @escaping @Sendable (Int) throws -> Result
    ) async throws -> [Result] {
        try Task.checkCancellation()
        if count == 0 { return [] }
        let state = State<Result>(count: count)
        let workers = min(max(width, 1), count)
        let queue = DispatchQueue(label: "work", attributes: .concurrent)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let group = DispatchGroup()
                for _ in 0..<workers {
                    queue.async(group: group) {
                        while let number = state.next() {
                            do {
                                state.finish(number, try body(number))
                            } catch {
                                state.fail(error)
                            }
                        }
                    }
                }
                group.notify(queue: queue) { continuation.resume() }
            }
        } onCancel: {
            state.fail(CancellationError())
        }
        return try state.results()
    }

    private final class State<Result: Sendable>: Sendable {
        private struct Progress {
            var next = 0
            var results: [Result?]
            var failure: (any Error)?
        }

        private let progress: Mutex<Progress>

        init(count: Int) {
            progress = Mutex(Progress(results: Array(repeating: nil, count: count)))
        }

        func next() -> Int? {
            progress.withLock { progress in
                guard progress.failure == nil, progress.next < progress.results.count else { return nil }
                progress.next += 1
                return progress.next - 1
            }
        }

        func finish(_ number: Int, _ result: Result) {
            progress.withLock { $0.results[number] = result }
        }

        func fail(_ error: any Error) {
            progress.withLock { if $0.failure == nil { $0.failure = error } }
        }

        func results() throws -> [Result] {
            try progress.withLock { progress in
                if let failure = progress.failure { throw failure }
                return progress.results.compactMap { $0 }
            }
        }
    }
}
