import HostSystem
import Model
import Synchronization

/// Says how far a copy of data is, where it takes long enough for somebody to wonder.
final class CopyProgress: Sendable {
    /// Bytes that an ordinary disk copies in about a second; what is smaller is not announced.
    private static let announced: Int64 = 400_000_000
    /// Nanoseconds between two lines.
    private static let interval: Int64 = 2_000_000_000

    private let what: String
    private let say: @Sendable (String) -> Void
    /// When the last line was said; `nil` before the first.
    private let last = Mutex<Int64?>(nil)

    /// - Parameter what: what is copied, such as `raw into the store`.
    init(_ what: String, say: @escaping @Sendable (String) -> Void) {
        self.what = what
        self.say = say
    }

    /// Takes note of bytes that were copied; called on any thread.
    func note(done: Int64, total: Int64) {
        guard total >= CopyProgress.announced else { return }
        let now = SystemClock.monotonicNanoseconds()
        let isFirst: Bool? = last.withLock { last in
            if let earlier = last, now - earlier < CopyProgress.interval { return nil }
            defer { last = now }
            return last == nil
        }
        guard let isFirst else { return }
        let size = ByteCount(total).readable
        if isFirst {
            let seconds = TimeSpan(seconds: (Double(total) / Double(CopyProgress.announced)).rounded(.up))
            say("copying \(what): \(size), about \(seconds.readable)")
        } else {
            say("copying \(what): \(ByteCount(done).readable) of \(size)")
        }
    }
}
