import HostSystem
import Model
import Synchronization

/// Says what a copy takes before it takes more than a second, and every few seconds how far it is.
final class CopyProgress: Sendable {
    private struct State {
        let began = SystemClock.monotonicNanoseconds()
        var said: Int64 = 0
    }

    private let what: String
    private let say: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameter what: such as `raw`.
    init(_ what: String, say: @escaping @Sendable (String) -> Void) {
        self.what = what
        self.say = say
    }

    /// Hears how many bytes are done, on any thread.
    func report(_ done: Int64, _ total: Int64) {
        let now = SystemClock.monotonicNanoseconds()
        let sentence: String? = state.withLock { state in
            let elapsed = Double(now - state.began) / 1e9
            if state.said == 0 {
                // A guess from what ordinary disks do, until there is a measure of this one.
                let left = elapsed > 0.2 && done > 0 ? elapsed / Double(done) * Double(total - done) : Double(total - done) / 4e8
                guard elapsed + left > 1, done < total else { return nil }
                state.said = now
                return "\(what): copying \(ByteCount(total).readable), about \(TimeSpan(seconds: max(1, left.rounded())).readable)"
            }
            guard now - state.said > 5_000_000_000, done < total else { return nil }
            state.said = now
            return "\(what): \(done * 100 / max(1, total)) % of \(ByteCount(total).readable)"
        }
        if let sentence { say(sentence) }
    }
}
