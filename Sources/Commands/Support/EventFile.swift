import HostSystem
import Model
import Reporting
import Synchronization
import SystemPackage

/// Writes what happens in a run as JSON lines, each as soon as it happens.
final class EventFile: Sendable {
    private struct State {
        var planned: Int?
        var failure: Errno?
    }

    private let state = Mutex(State())
    private let send: @Sendable (String) throws -> Void

    /// - Parameter send: takes one line with its end, one call at a time.
    init(_ send: @escaping @Sendable (String) throws -> Void) {
        self.send = send
    }

    /// Begins the file at `path`, which may be a named pipe.
    ///
    /// - Parameter redactions: what must not be shown.
    /// - Throws: `EventFileError`.
    convenience init(at path: FilePath, redactions: Redactions) throws {
        do {
            let file = try FileDescriptor.open(
                path, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            // Open until the program ends.
            self.init { try file.writeAll(redactions.redact($0).utf8) }
        } catch let code as Errno {
            throw EventFileError(path: path, code: code)
        }
    }

    func write(_ event: RunEvent) {
        state.withLock { state in
            if case .planned(let steps) = event {
                if state.planned == steps { return }
                state.planned = steps
            }
            write(EventDocument(event, at: SystemClock.now()), &state)
        }
    }

    func end(_ record: RunRecord) {
        state.withLock { write(EventDocument(ended: record, at: SystemClock.now()), &$0) }
    }

    /// What kept a line from being written; the run itself went on.
    var failure: Errno? { state.withLock(\.failure) }

    private func write(_ document: EventDocument, _ state: inout State) {
        if state.failure != nil { return }
        do {
            try send(renderJSONLine(document))
        } catch {
            state.failure = error as? Errno ?? .ioError
        }
    }
}

/// The file of `--events` cannot be written.
struct EventFileError: DiagnosableError {
    let path: FilePath
    let code: Errno

    var diagnosis: Diagnosis {
        Diagnosis(
            problem: "the events could not be written to \(path)", reason: code.description,
            remedy: "name a file that can be written, or see whether the disk is full")
    }

    var exitStatus: ExitStatus { .inputOutput }
}
