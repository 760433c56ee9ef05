import HostSystem
import Model
import Persistence

/// A workflow under way: the intention is recorded before the first step, each step once it is finished, and all of it
/// is forgotten after the last, so that a killed command can be finished or undone by the next one.
struct Journal: Sendable {
    let operation: Operation
    private let store: StateStore
    private let faults: FaultPoints
    private let syncsSteps: Bool

    private init(_ operation: Operation, in project: Project, syncsSteps: Bool = true) {
        self.operation = operation
        store = project.store
        faults = project.host.faults
        self.syncsSteps = syncsSteps
    }

    /// Records that a workflow begins.
    ///
    /// - Parameters:
    ///   - syncsSteps: whether each step is on the disk before the next one begins; a workflow that is undone as a
    ///     whole, from what is there, need not wait for that.
    ///   - recording: what is recorded with it, or not at all.
    static func begin(
        _ kind: String, subject: String, payload: [String: String], in project: Project, syncsSteps: Bool = true,
        recording: () throws -> Void = {}
    ) throws -> Journal {
        let operation = Operation(
            id: "\(kind)-\(project.host.time.now().nanoseconds)-\(CurrentProcess.identifier)", kind: kind,
            subject: subject, payload: payload, started: project.host.time.now(), owner: try .current())
        project.host.faults.reached("\(kind).begin.before")
        try project.store.inOneTransaction {
            try project.store.begin(operation)
            try recording()
        }
        project.host.faults.reached("\(kind).begin.after")
        return Journal(operation, in: project, syncsSteps: syncsSteps)
    }

    /// Does what leaves nothing to finish or undo; when it is killed, the next command waits for the children it left.
    static func recording<Result>(
        _ kind: String, subject: String, in project: Project, _ body: () async throws -> Result
    ) async throws -> Result {
        let journal = try begin(kind, subject: subject, payload: [:], in: project)
        do {
            let result = try await body()
            try journal.finish()
            return result
        } catch {
            try journal.finish()
            throw error
        }
    }

    /// Goes on with an operation that another process left.
    static func resume(_ operation: Operation, in project: Project) -> Journal {
        Journal(operation, in: project)
    }

    /// Does one step and records that it is finished.
    func step<Step: RawRepresentable<String>, Result>(
        _ step: Step, adding payload: [String: String] = [:], _ body: () async throws -> Result
    ) async throws -> Result {
        let name = "\(operation.kind).\(step.rawValue)"
        faults.reached("\(name).before")
        let result = try await body()
        faults.reached("\(name).done")
        try store.advance(operation.id, to: step.rawValue, adding: payload, isSynced: syncsSteps)
        faults.reached("\(name).after")
        return result
    }

    /// Forgets the workflow: it is done, or undone.
    ///
    /// - Parameter recording: what is recorded with it, or not at all.
    /// - Returns: what `recording` returns.
    @discardableResult
    func finish<Result>(recording: () throws -> Result = {}) throws -> Result {
        faults.reached("\(operation.kind).finish.before")
        let result = try store.inOneTransaction {
            let result = try recording()
            try store.finish(operation.id)
            return result
        }
        faults.reached("\(operation.kind).finish.after")
        return result
    }
}

extension Project {
    /// Takes back what a failed workflow did, so that what went wrong can be told.
    ///
    /// Where that fails as well, as on a full disk, the next command does it.
    func takeBack(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            let reason = (error as? any DiagnosableError)?.diagnosis.oneLine ?? "\(error)"
            host.say("it could not be taken back, and the next command tries again: " + reason)
        }
    }
}
