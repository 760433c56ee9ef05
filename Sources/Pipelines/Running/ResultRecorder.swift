import HostSystem
import Model
import Persistence

/// Records what steps did, many at a time, such that a killed run loses at most a tenth of a second's results.
struct ResultRecorder {
    private let store: StateStore
    private let workspace: String
    private let faults: FaultPoints
    private var memory: [StepMemory] = []
    private var parts: [String: [String: String]] = [:]
    private var cached: [CachedResult] = []
    private var used: [ContentHash] = []
    /// The keys of steps that turned out to make more than their outputs.
    private var untrue: [ContentHash] = []
    /// Held until what they protect is recorded.
    private var held: [UInt64] = []
    private let locks: RangeLocks?
    private var lastFlush = SystemClock.monotonicNanoseconds()

    /// How long a result may wait.
    static let patience = Duration.milliseconds(100)

    /// - Parameter locks: where the locks that results are protected by are held.
    init(_ context: PipelineContext, locks: RangeLocks? = nil) {
        self.locks = locks
        store = context.store
        faults = context.faults
        workspace = context.workspaceKey
    }

    var isEmpty: Bool { memory.isEmpty && cached.isEmpty && used.isEmpty && held.isEmpty }

    /// Whether the oldest result has waited long enough.
    var isDue: Bool {
        !isEmpty && SystemClock.monotonicNanoseconds() - lastFlush > 100_000_000
    }

    mutating func add(_ success: StepMemory, parts: [String: String], cached: CachedResult?, isReused: Bool) {
        memory.append(success)
        self.parts[success.step] = parts
        if let cached { self.cached.append(cached) }
        if !success.changedCopies.isEmpty { untrue.append(success.key) }
        if isReused { used.append(success.key) }
    }

    mutating func keep(_ lock: UInt64) {
        held.append(lock)
    }

    /// Records all in one transaction, and lets go of the locks.
    mutating func flush(at moment: Timestamp) throws {
        lastFlush = SystemClock.monotonicNanoseconds()
        if isEmpty { return }
        if !memory.isEmpty || !cached.isEmpty || !used.isEmpty {
            faults.reached("run.results.before")
            try store.inOneTransaction {
                try store.insert(cached)
                // Their contents go when the cache is next pruned.
                _ = try store.deleteCachedResults(untrue)
                try store.markUsed(used, at: moment)
                try store.remember(memory, parts: parts, in: workspace)
            }
            faults.reached("run.results.after")
        }
        memory = []
        parts = [:]
        cached = []
        used = []
        untrue = []
        for lock in held { locks?.release(lock) }
        held = []
    }
}
