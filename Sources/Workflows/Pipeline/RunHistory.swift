import Git
import HostSystem
import Model
import Persistence
import Pipelines
import SystemPackage

/// Looks up what earlier runs did.
public struct RunHistory: Sendable {
    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// The newest first, without steps and tests.
    ///
    /// - Throws: `GitError.noSuchBranch` for one that has no runs, no environment, and is no branch.
    public func list(of branch: BranchName?, limit: Int) throws -> [RunRecord] {
        let records = try project.store.runs(of: branch, limit: limit)
        if let branch, records.isEmpty, try project.store.environment(for: branch) == nil {
            guard try project.layout.resolve(reference: branch.reference) != nil else {
                throw GitError.noSuchBranch(branch)
            }
        }
        return records
    }

    /// One run in full; the newest where none is named.
    ///
    /// - Throws: `PersistenceError.noRun`.
    public func run(_ id: String?) throws -> RunRecord {
        let wanted = try id ?? project.store.runs(limit: 1).first?.id ?? ""
        guard let record = try project.store.run(wanted) else { throw PersistenceError.noRun(wanted) }
        return record
    }

    /// What a step wrote, as it wrote it.
    ///
    /// - Throws: `PersistenceError.noRun`; `HistoryError` when the step did not run there.
    public func log(of step: String, in run: String) throws -> [UInt8] {
        try FileSystem.readBytes(logFile(of: step, in: run), limit: 128 << 20)
    }

    private func logFile(of step: String, in run: String) throws -> FilePath {
        let record = try self.run(run)
        // A run under way has not recorded its steps yet.
        if record.outcome == .running { return file(of: step, in: run) }
        guard let result = record.steps.first(where: { $0.id == step }) else {
            throw HistoryError.noStep(step, run: run, known: record.steps.map(\.id))
        }
        guard let log = result.log else {
            throw HistoryError.noLog(
                step, run: run, state: result.state, found: try newestLog(of: step, in: record.branch))
        }
        return FilePath(log)
    }

    /// The newest run of the branch, or of any, that has a log of the step.
    private func newestLog(of step: String, in branch: BranchName) throws -> String? {
        for branch in [branch, nil] {
            for candidate in try project.store.runs(of: branch, limit: 200) {
                let steps = try project.store.run(candidate.id)?.steps ?? []
                if steps.contains(where: { $0.id == step && $0.log != nil }) { return candidate.id }
            }
        }
        return nil
    }

    private func file(of step: String, in run: String) -> FilePath {
        PipelineEngine.log(of: step, in: project.layout.headgateDirectory.appending("logs").appending(run))
    }

    /// Hands on what a step wrote, and what it writes from then on, until its run has ended.
    ///
    /// - Parameter handle: takes the next bytes, which may end within a character.
    /// - Throws: as `log`; `CancellationError`.
    public func follow(_ step: String, in run: String, _ handle: ([UInt8]) -> Void) async throws {
        var position: Int64 = 0
        while true {
            let isOver = try !isUnderWay(run)
            let path = isOver ? try logFile(of: step, in: run) : file(of: step, in: run)
            if FileSystem.exists(path) {
                let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
                defer { try? file.close() }  // Nothing was written.
                var buffer = [UInt8](repeating: 0, count: 64 << 10)
                while true {
                    let count = try buffer.withUnsafeMutableBytes {
                        try file.read(fromAbsoluteOffset: position, into: $0)
                    }
                    if count == 0 { break }
                    position += Int64(count)
                    handle(Array(buffer[..<count]))
                }
            }
            if isOver { return }
            try await Task.sleep(nanoseconds: 100_000_000)
        }
    }

    /// Whether a process is at work on the run.
    private func isUnderWay(_ run: String) throws -> Bool {
        if let owner = try project.store.unfinishedRuns().first(where: { $0.record.id == run })?.owner {
            return owner.isAlive
        }
        _ = try self.run(run)
        return false
    }
}

/// What cannot be looked up.
public enum HistoryError: DiagnosableError, Hashable {
    case noStep(String, run: String, known: [String])
    /// `found` is the newest run that has one.
    case noLog(String, run: String, state: StepState, found: String?)

    public var diagnosis: Diagnosis {
        switch self {
        case .noStep(let step, let run, let known):
            Diagnosis(
                problem: "run \(run) has no step `\(step)`",
                reason: known.isEmpty ? nil : "it has \(known.prefix(20).joined(separator: ", "))")
        case .noLog(let step, let run, let state, let found):
            Diagnosis(
                problem: "`\(step)` has no log in run \(run)", reason: "it did not run there: \(state.rawValue)",
                remedy: found.map { "`headgate log \($0) \(shellWord(step))` shows its newest log" })
        }
    }

    public var exitStatus: ExitStatus { .refused }
}
