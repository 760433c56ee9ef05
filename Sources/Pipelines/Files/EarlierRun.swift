import HostSystem
import Model
import Persistence
import Synchronization
import SystemPackage

/// What the last run saw of a workspace in which every step was up to date, read from its `RunIndex` when it is first
/// asked for.
///
/// It answers for a run in which nothing changed, without configuration, graph or keys; where something did, it answers
/// for the directories that did not, without looking at them again within the next second.
public final class EarlierRun: Sendable {
    /// The file, which is a cache and safe to delete; one per workspace.
    public let path: FilePath

    private struct State {
        var isRead = false
        var seen: SeenPlaces?
        /// By the number of the directory, whether it is as it was.
        var looked: [Int: Bool] = [:]
        /// When the last of them was looked at, by the monotonic clock.
        var moment: Int64 = 0
    }

    /// How long, in nanoseconds, a look counts: about as long as reading the configuration takes, not as long as waiting
    /// for another command.
    private static let lifetime: Int64 = 1_000_000_000

    private let state = Mutex(State())

    public init(at path: FilePath) {
        self.path = path
    }

    private var seen: SeenPlaces? {
        state.withLock { state in
            if !state.isRead {
                state.isRead = true
                // Without an index everything is looked at again.
                state.seen = (try? FileSystem.readBytes(path, limit: 1 << 30)).flatMap { SeenPlaces($0) }
            }
            return state.seen
        }
    }

    /// Answers for a run of all steps in which nothing would be done.
    ///
    /// As safe as deciding step by step: everything that a decision was made of is looked at again, and must be as it
    /// was. Data tests are the caller's: none is run.
    ///
    /// - Parameters:
    ///   - fingerprint: identifies all that decides keys and is no file of the workspace: the bytes of the configuration
    ///     with all layers, parameters, variables, names of secrets, pins, isolation, platform and version of the program.
    ///   - width: how many threads look at files.
    /// - Returns: the report of a run in which every step is up to date; `nil` when something changed, or nothing is
    ///   known.
    public func report(for fingerprint: ContentHash, width: Int) async throws -> PipelineReport? {
        guard let seen, seen.fingerprint == fingerprint, try await seen.placesHold(width: width) else { return nil }
        let all = Array(seen.directories.indices)
        guard try await unchanged(all, of: seen, width: width).count == all.count else { return nil }
        return PipelineReport(steps: seen.steps, isolation: seen.isolation)
    }

    /// Returns those of `paths` that are directories and as they were, with what they hold.
    ///
    /// - Parameter paths: each with where it lies.
    func snapshots(of paths: [WorkspacePath: FilePath], width: Int) async throws -> [WorkspacePath: Snapshot] {
        guard let seen else { return [:] }
        let known = seen.directories.indices.filter {
            paths[seen.directories[$0].path] == seen.directories[$0].location
        }
        let unchanged = try await unchanged(known, of: seen, width: width)
        let snapshots = try await BlockingWork.run(count: unchanged.count, width: width) { number in
            seen.snapshot(of: seen.directories[unchanged[number]])
        }
        return Dictionary(snapshots.compactMap { $0.map { ($0.path, $0) } }) { first, _ in first }
    }

    private func unchanged(_ numbers: [Int], of seen: SeenPlaces, width: Int) async throws -> [Int] {
        let looked = state.withLock { state in
            if SystemClock.monotonicNanoseconds() - state.moment > Self.lifetime { state.looked = [:] }
            return state.looked
        }
        let portions = numbers.filter { looked[$0] == nil }.flatMap { number in
            seen.directories[number].portions.map { (number, $0) }
        }
        let holds = try await BlockingWork.run(count: portions.count, width: width) { number in
            try seen.holds(portions[number].1, in: seen.directories[portions[number].0].location)
        }
        return state.withLock { state in
            state.moment = SystemClock.monotonicNanoseconds()
            for ((number, _), holds) in zip(portions, holds) {
                state.looked[number] = holds && state.looked[number] != false
            }
            return numbers.filter { state.looked[$0] == true }
        }
    }
}
