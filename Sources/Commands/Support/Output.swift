import HostSystem
import Model
import Reporting
import SystemPackage

/// Where a command's answer and its messages go.
public struct Output: Sendable {
    let isTerminal: Bool
    /// Whether messages on stderr may use colour and redraw themselves.
    let isMessageTerminal: Bool
    let style: Style
    let messageStyle: Style
    let width: Int

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
        write(line + "\n", to: .standardOutput)
    }

    /// Prints text of the answer as it is.
    func answerText(_ text: String) {
        write(text, to: .standardOutput)
    }

    func answer(_ document: some JSONDocument) throws {
        answerText(try renderJSON(document))
    }

    /// Prints a message for people.
    func message(_ line: String) {
        write(line + "\n", to: .standardError)
    }

    func messageText(_ text: String) {
        write(text, to: .standardError)
    }

    /// Prints a diagnosis the way every error is printed.
    func report(_ diagnosis: Diagnosis) {
        var text = messageStyle.red("error:") + " " + TerminalText.escaped(diagnosis.problem, keepingLines: true) + "\n"
        if let reason = diagnosis.reason {
            text += messageStyle.dim("  why:") + " " + indented(reason) + "\n"
        }
        if let remedy = diagnosis.remedy {
            text += messageStyle.dim(" mend:") + " " + indented(remedy) + "\n"
        }
        messageText(text)
    }

    private func indented(_ text: String) -> String {
        TerminalText.escaped(text, keepingLines: true).replacing("\n", with: "\n       ")
    }
}

/// Writes all of `text`; a reader that went away (`| head`) is no failure of ours.
private func write(_ text: String, to descriptor: FileDescriptor) {
    // The only failure left is a closed pipe or a full disk behind a redirection: nobody is there to be told.
    _ = try? descriptor.writeAll(text.utf8)
}
