import ArgumentParser
import HostSystem
import Model
import Reporting
import SystemPackage
import Workflows

struct HookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook", abstract: "Answer a hook that Git called",
        discussion: "Called by headgate-hook; see `headgate hooks install`.", shouldDisplay: false)

    @Argument(help: "The hook")
    var name: String

    @Argument(parsing: .captureForPassthrough, help: "What Git passes")
    var arguments: [String] = []

    func run() async throws {
        let launch = Launch.required
        let output = launch.output
        let answer = try await AnswerHook(launch.host)(
            name, arguments: arguments, input: try standardInput(), at: launch.directory)
        for message in answer.messages { output.message(TerminalText.escaped(message)) }
        for refusal in answer.refusals { output.report(refusal) }
        if answer.isRefused { throw Answered(status: .refused) }
    }

    private func standardInput() throws -> [UInt8] {
        guard ["reference-transaction", "pre-push", "pre-receive"].contains(name) else { return [] }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try chunk.withUnsafeMutableBytes { try FileDescriptor.standardInput.read(into: $0) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
