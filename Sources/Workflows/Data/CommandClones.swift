import Configuration
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Sources that a project's own commands stand for: `fingerprint` identifies the data, `create` and `drop` make and
/// remove a branch of it.
///
/// They run outside the sandbox, which is why they are part of what is approved.
struct CommandClones: Sendable {
    let clones: DataClones
    private var project: Project { clones.project }

    /// What stands for the location in a pin.
    static func identity(of source: Source) -> String { source.driver?.fingerprint ?? "" }

    /// Asks the command what identifies the data now.
    func pin(_ source: Source, in place: ClonePlace) async throws -> Pin {
        let answer = try await fingerprint(source, in: place)
        return Pin(
            source: source.name, kind: .fingerprint, id: "\(source.name)/\(answer.prefix(16))", fingerprint: answer,
            location: Self.identity(of: source), isSingleFile: false, files: 0, bytes: 0,
            pinnedAt: project.host.time.now())
    }

    /// The hash of what the command prints, without blanks around it.
    ///
    /// - Throws: `CommandSourceError` when it fails or prints nothing.
    func fingerprint(_ source: Source, in place: ClonePlace) async throws -> ContentHash {
        let script = source.driver?.fingerprint ?? ""
        let text = try await run(
            script, "fingerprint", of: source.name, place, adding: ["HEADGATE_SOURCE": source.name])
        guard !text.isEmpty else { throw CommandSourceError.noFingerprint(source: source.name, command: script) }
        var hasher = FieldHasher(domain: "fingerprint")
        hasher.add("answer", text)
        return hasher.finish()
    }

    /// Runs `create`, recorded before it begins.
    func make(_ source: Source, _ pin: Pin, _ owner: DataClone.Owner, _ place: ClonePlace) async throws {
        guard let script = source.driver?.create else { return }
        let configuration = place.configuration
        var clone = DataClone(
            name: clones.name(for: place.branch), source: source.name, system: .command, owner: owner, pin: pin.id,
            server: "", endpoint: "", drop: source.driver?.drop.map { configuration.shell + [$0] },
            made: project.host.time.now(), maker: try .current())
        clone.variables = place.variables
        try project.store.put(clone)
        project.host.faults.reached("clone.recorded")
        do {
            let text = try await run(script, "create", of: source.name, place, adding: variables(of: clone))
            clone.answer = text.isEmpty ? nil : text.split(separator: "\n").last.map(String.init)
        } catch {
            clone.state = .dropping
            try project.store.put(clone)
            try await clones.sweep()
            throw error
        }
        clone.state = .ready
        try project.store.put(clone)
    }

    /// Runs the `drop` that was recorded when the branch was made, in the main working tree.
    func drop(_ clone: DataClone) async throws {
        guard let words = clone.drop, let program = words.first else { return }
        let root = project.layout.mainWorkTree ?? project.workTree
        var variables = try project.toolVariables()
        // Without a configuration there are no secrets to hand over, and the command says what it lacks.
        if let loaded = try? project.configuration(in: root) {
            variables.merge(
                try Secrets(project, loaded.configuration).values(loaded.configuration.secrets)
            ) { $1 }
        }
        variables.merge(clone.variables ?? [:]) { $1 }
        variables.merge(self.variables(of: clone)) { $1 }
        if let answer = clone.answer { variables["HEADGATE_CLONE_ADDRESS"] = answer }
        let result = try await project.host.runner.run(
            Invocation(
                program, Array(words.dropFirst()), variables: variables, directory: root,
                output: .captured(limit: 1 << 20), errorOutput: .joined))
        guard result.succeeded else {
            throw CommandSourceError.failed(
                source: clone.source, command: "drop", status: result.termination.words,
                lines: lastLines(result.outputText))
        }
    }

    private func variables(of clone: DataClone) -> [String: String] {
        ["HEADGATE_CLONE": clone.name, "HEADGATE_SOURCE": clone.source, "HEADGATE_FINGERPRINT": clone.pin]
    }

    private func run(
        _ script: String, _ what: String, of source: String, _ place: ClonePlace, adding added: [String: String]
    ) async throws -> String {
        let shell = place.configuration.shell
        let variables = try project.toolVariables().merging(place.variables) { $1 }
            .merging(place.secrets) { $1 }.merging(added) { $1 }
        let result = try await project.host.runner.run(
            Invocation(
                shell[0], Array(shell.dropFirst()) + [script], variables: variables, directory: place.workspace,
                output: .captured(limit: 1 << 20), errorOutput: .captured(limit: 1 << 16)))
        guard result.succeeded else {
            throw CommandSourceError.failed(
                source: source, command: what, status: result.termination.words,
                lines: lastLines(result.errorText.isEmpty ? result.outputText : result.errorText))
        }
        let blank: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
        var text = Substring(result.outputText)
        while let first = text.first, blank.contains(first) { text.removeFirst() }
        while let last = text.last, blank.contains(last) { text.removeLast() }
        return String(text)
    }

    private func lastLines(_ text: String) -> [String] {
        project.host.redactions.redact(text).split(separator: "\n").suffix(10).map(String.init)
    }
}

/// Why a command that stands for a source did not do its part.
public enum CommandSourceError: DiagnosableError, Hashable {
    case noFingerprint(source: String, command: String)
    case failed(source: String, command: String, status: String, lines: [String])

    public var diagnosis: Diagnosis {
        switch self {
        case .noFingerprint(let source, let command):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "`\(command)` printed nothing that identifies the data",
                remedy:
                    "let it print something that changes whenever the data does, such as a count and the newest time")
        case .failed(let source, let command, let status, let lines):
            Diagnosis(
                problem: "`\(command)` of the source `\(source)` failed with \(status)",
                reason: lines.isEmpty ? nil : lines.joined(separator: "\n"), remedy: "mend it, then try again")
        }
    }

    public var exitStatus: ExitStatus { .refused }
}
