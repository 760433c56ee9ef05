import Git
import HostSystem
import Model
import Persistence
import Pipelines
import SystemPackage

extension Project {
    /// Finishes or undoes what killed commands left, and marks their runs as lost.
    ///
    /// Cheap when there is nothing to do: two reads. A workflow whose process still lives is left alone.
    ///
    /// - Throws: what keeps a landing from being finished, and `RecoveryError`; the next command tries again.
    func recover() async throws {
        let cutShort = try store.unfinished().filter { !$0.isOwnerAlive }
        for operation in cutShort where try store.takeOver(operation.id, by: .current()) {
            try await waitForChildren(of: operation)
            host.say("recovering: an earlier `\(operation.kind)` of \(operation.subject) was cut short")
            do {
                try await recover(operation)
            } catch let error as any DiagnosableError where operation.kind != "land" && error.exitStatus != .tryAgain {
                // One environment that cannot be put right keeps nobody from working in the others.
                host.say("it could not be finished, and is tried again next time: " + error.diagnosis.oneLine)
            }
        }
        let lost = try store.unfinishedRuns().filter { !$0.owner.isAlive }
        if lost.isEmpty { return }
        for run in lost {
            try await endSteps(of: run.record.id)
            try await LeftContainers.end(
                of: layout.headgateDirectory.appending("logs").appending(run.record.id), by: host.runner,
                variables: PreparedPipeline.containerVariables(host), say: host.say)
        }
        _ = try store.markLostRuns(at: host.time.now())
    }

    /// Ends what steps of a run left running outside a sandbox, because nobody records what it does any more.
    func endSteps(of run: String) async throws {
        let deadline = SystemClock.monotonicNanoseconds() + 10_000_000_000
        while true {
            let running = RunningProcess.withVariable(Project.runVariable, run)
            guard let process = running.first else { return }
            guard SystemClock.monotonicNanoseconds() < deadline else {
                throw RecoveryError.childStillRunning(process.command, process.identifier)
            }
            for process in running { process.kill() }
            // In a task of its own: one that is cancelled, as an interrupted run is, does not sleep.
            await Task { try? await Task.sleep(nanoseconds: 20_000_000) }.value
        }
    }

    private func recover(_ operation: Operation) async throws {
        switch operation.kind {
        case "create": try await CreateEnvironment(self).recover(operation)
        case "remove": try await RemoveEnvironment(self).recover(operation)
        case "update": try await UpdateEnvironment(self).recover(operation)
        case "undelete": try await UndeleteEnvironment(self).recover(operation)
        case "land": try await LandBranch(self).recover(operation)
        case "hooks-install", "hooks-uninstall": try await ChangeHooks(self).recover(operation)
        default: try store.finish(operation.id)
        }
    }

    /// A killed process leaves the child it was waiting for running; what that child does must be over before its
    /// traces are read.
    private func waitForChildren(of operation: Operation) async throws {
        let deadline = SystemClock.monotonicNanoseconds() + 30_000_000_000
        while let process = RunningProcess.withVariable(
            Project.processVariable, Project.processMark(of: operation.owner)
        ).first {
            guard SystemClock.monotonicNanoseconds() < deadline else {
                throw RecoveryError.childStillRunning(process.command, process.identifier)
            }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
    }
}

/// What keeps recovery from doing its work.
enum RecoveryError: DiagnosableError, Hashable {
    case childStillRunning(String, Int32)

    var diagnosis: Diagnosis {
        switch self {
        case .childStillRunning(let command, let identifier):
            Diagnosis(
                problem: "a killed command left `\(command)` running",
                reason: "process \(identifier) may still be changing the repository",
                remedy: "wait for it, or end it with `kill \(identifier)`, then try again")
        }
    }

    var exitStatus: ExitStatus { .tryAgain }
}
