import HostSystem
import Model
import Reporting
import Synchronization
import SystemPackage

/// Where a command's answer and its messages go.
public struct Output: Sendable {
    let isTerminal: Bool
    /// Shared by all copies.
    let failure = AnswerFailure()
    /// Whether messages on stderr may use colour and redraw themselves.
    let isMessageTerminal: Bool
    let style: Style
    let messageStyle: Style
    let width: Int
    /// What must not be shown, shared by all copies.
    let redactions = Redactions()

    init(variables: [String: String]) {
        let allowsColour = (variables["NO_COLOR"] ?? "").isEmpty && variables["TERM"] != "dumb"
        isTerminal = TerminalDevice.standardOutput.isTerminal
        isMessageTerminal = TerminalDevice.standardError.isTerminal && variables["TERM"] != "dumb"
        style = Style(isColoured: isTerminal && allowsColour)
        messageStyle = Style(isColoured: TerminalDevice.standardError.isTerminal && allowsColour)
        width = TerminalDevice.standardOutput.width ?? TerminalDevice.standardError.width ?? 100
    }

    /// Prints a line of the answer.
    func answer(_ line: String) {
        answerText(line + "\n")
    }

    /// Prints text of the answer as it is.
    func answerText(_ text: String) {
        answerBytes(Array(redactions.redact(text).utf8))
    }

    func answerBytes(_ bytes: [UInt8]) {
        if let failure = write(bytes, to: .standardOutput) { self.failure.note(failure) }
    }

    func answer(_ document: some JSONDocument) throws {
        answerText(try renderJSON(document))
    }

    /// Prints a message for people.
    func message(_ line: String) {
        messageText(line + "\n")
    }

    func messageText(_ text: String) {
        // Where not even a message can be written, nobody is there to be told.
        _ = write(Array(redactions.redact(text).utf8), to: .standardError)
    }

    /// Asks a question on the terminal and returns whether the answer is yes.
    ///
    /// - Parameter flag: the one that answers it beforehand.
    /// - Throws: `UsageError` where there is no terminal to ask on.
    func isConfirmed(_ question: String, flag: String) throws -> Bool {
        guard TerminalDevice.standardInput.isTerminal else {
            throw UsageError("this asks first, and there is no terminal to ask on", remedy: "add `\(flag)`")
        }
        messageText(question + " [y/N] ")
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
    }

    /// Prints a diagnosis the way every error is printed.
    func report(_ diagnosis: Diagnosis) { messageText(text(of: diagnosis)) }

    /// A diagnosis as it is printed.
    func text(of diagnosis: Diagnosis) -> String {
        var text = messageStyle.red("error:") + " " + TerminalText.escaped(diagnosis.problem, keepingLines: true) + "\n"
        if let reason = diagnosis.reason {
            text += messageStyle.dim("  why:") + " " + indented(reason) + "\n"
        }
        if let remedy = diagnosis.remedy {
            text += messageStyle.dim(" mend:") + " " + indented(remedy) + "\n"
        }
        return text
    }

    private func indented(_ text: String) -> String {
        TerminalText.escaped(text, keepingLines: true).replacing("\n", with: "\n       ")
    }
}

/// What kept an answer from being written; an answer that is not whole must not look like one.
final class AnswerFailure: Sendable {
    private let first = Mutex<Errno?>(nil)

    func note(_ error: Errno) { first.withLock { $0 = $0 ?? error } }

    /// The error that ends the command, or `nil`.
    var error: (any DiagnosableError)? { first.withLock(\.self).map { AnswerError(code: $0) } }
}

struct AnswerError: DiagnosableError {
    let code: Errno

    var diagnosis: Diagnosis {
        Diagnosis(
            problem: "the answer could not be written to standard output", reason: code.description,
            remedy: "see whether the disk is full, then try again")
    }

    var exitStatus: ExitStatus { .inputOutput }

    var lacksSpace: Bool { code == .noSpace || code == .diskQuotaExceeded }
}

/// Writes all of it and returns what went wrong; a reader that went away (`| head`) is no failure of ours.
private func write(_ bytes: [UInt8], to descriptor: FileDescriptor) -> Errno? {
    do {
        try descriptor.writeAll(bytes)
        return nil
    } catch let error as Errno {
        return error == .brokenPipe ? nil : error
    } catch {
        return .ioError
    }
}
