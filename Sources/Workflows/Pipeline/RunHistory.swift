import HostSystem
import Model
import Persistence
import SystemPackage

/// Looks up what earlier runs did.
public struct RunHistory: Sendable {
    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// The newest first, without steps and tests.
    public func list(of branch: BranchName?, limit: Int) throws -> [RunRecord] {
        try project.store.runs(of: branch, limit: limit)
    }

    /// One run in full; the newest where none is named.
    ///
    /// - Throws: `PersistenceError.noRun`.
    public func run(_ id: String?) throws -> RunRecord {
        let wanted = try id ?? project.store.runs(limit: 1).first?.id ?? ""
        guard let record = try project.store.run(wanted) else { throw PersistenceError.noRun(wanted) }
        return record
    }

    /// What a step wrote; text that is not UTF-8 is shown with replacement characters.
    ///
    /// - Throws: `PersistenceError.noRun`; `HistoryError` when the step did not run there.
    public func log(of step: String, in run: String) throws -> String {
        let record = try self.run(run)
        guard let result = record.steps.first(where: { $0.id == step }) else {
            throw HistoryError.noStep(step, run: run, known: record.steps.map(\.id))
        }
        guard let log = result.log else { throw HistoryError.noLog(step, run: run, state: result.state) }
        return String(decoding: try FileSystem.readBytes(FilePath(log), limit: 128 << 20), as: UTF8.self)
    }
}

/// What cannot be looked up.
public enum HistoryError: DiagnosableError, Hashable {
    case noStep(String, run: String, known: [String])
    case noLog(String, run: String, state: StepState)

    public var diagnosis: Diagnosis {
        switch self {
        case .noStep(let step, let run, let known):
            Diagnosis(
                problem: "run \(run) has no step `\(step)`",
                reason: known.isEmpty ? nil : "it has \(known.prefix(20).joined(separator: ", "))")
        case .noLog(let step, let run, let state):
            Diagnosis(problem: "`\(step)` has no log in run \(run)", reason: "it did not run there: \(state.rawValue)")
        }
    }

    public var exitStatus: ExitStatus { .refused }
}
