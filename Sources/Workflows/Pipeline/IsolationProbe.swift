import HostSystem
import Model
import Persistence
import SystemPackage

/// What isolation this machine can give, found out once per boot and bubblewrap program.
struct IsolationProbe {
    let project: Project

    struct Answer: Sendable {
        /// `nil` where the sandbox does not work.
        let sandbox: Sandbox?
        /// Why it does not, for people.
        let reason: String?
        let remedy: String?

        var level: IsolationLevel { sandbox == nil ? .process : .sandbox }
    }

    private static let setting = "sandbox"

    func callAsFunction() async throws -> Answer {
        let identity = try programIdentity()
        if let known = try project.store.setting(Self.setting) {
            let lines = known.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if lines.count == 4, lines[0] == identity {
                return Answer(
                    sandbox: lines[1].isEmpty ? nil : Sandbox(program: FilePath(lines[1])),
                    reason: lines[2].isEmpty ? nil : lines[2], remedy: lines[3].isEmpty ? nil : lines[3])
            }
        }
        let answer: Answer
        switch await Sandbox.probe(project.host.runner, variables: project.host.variables) {
        case .available(let sandbox): answer = Answer(sandbox: sandbox, reason: nil, remedy: nil)
        case .unavailable(let reason, let remedy): answer = Answer(sandbox: nil, reason: reason, remedy: remedy)
        }
        let lines = [identity, answer.sandbox?.program.string ?? "", answer.reason ?? "", answer.remedy ?? ""]
        try project.store.set(
            Self.setting, to: lines.map { $0.replacing("\n", with: " ") }.joined(separator: "\n"))
        return answer
    }

    /// Boot, user and the first `bwrap` on PATH with its times: when one of them changes, the answer may.
    private func programIdentity() throws -> String {
        let path = (project.host.variables["PATH"] ?? "").split(separator: ":")
        let program = path.lazy.map { FilePath(String($0)).appending("bwrap") }.first { FileSystem.exists($0) }
        let status = try program.flatMap { try FileSystem.status($0, followLinks: true) }
        let times =
            status.map { "\($0.inode) \($0.size) \($0.modified.nanoseconds) \($0.changed.nanoseconds)" } ?? "none"
        return "\(try ProcessOwner.current().boot) \(CurrentProcess.userID) \(program?.string ?? "") \(times)"
    }
}
