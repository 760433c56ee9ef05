import FoundationEssentials
import HostSystem
import Model
import SystemPackage

/// As whom containers run, whoever their images would have it, so that what they make belongs to the caller.
///
/// The name of the engine's program does not say: docker may be rootless by its context, or be podman under another name,
/// and podman may speak to the service of another machine. So the engine itself is asked, when the first container starts.
///
/// Source: `docker-info(1)`, `podman-info(1)`.
actor ContainerUser {
    /// A user and a group of this machine, by number.
    struct Account: Sendable, Hashable {
        var user: UInt32
        var group: UInt32
    }

    private let context: PipelineContext
    private var asked: Task<String, any Error>?

    init(_ context: PipelineContext) {
        self.context = context
    }

    /// Returns what the engine's `--user` is to be; `nil` where there is no engine. Asks once, however many wait.
    ///
    /// - Throws: `PipelineError.silentContainerEngine`; `HostError`.
    func name() async throws -> String? {
        guard let engine = context.containerEngine else { return nil }
        let task = asked ?? Task { [context] in try await Self.ask(engine, in: context) }
        asked = task
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// A rootless engine maps root of the container to the caller; for any other the caller's own number counts.
    private static func ask(_ engine: FilePath, in context: PipelineContext) async throws -> String {
        let result = try await context.runner.run(
            Invocation(
                engine.string, ["info", "--format", "{{json .}}"], variables: context.containerVariables,
                timeLimit: TimeSpan(seconds: 30)))
        // What is no such object is no answer either.
        guard result.succeeded, let facts = try? JSONDecoder().decode(EngineFacts.self, from: Data(result.output)),
            let isRootless = facts.isRootless
        else {
            throw PipelineError.silentContainerEngine(
                engine, reason: result.errorText.split(separator: "\n").first.map(String.init))
        }
        return isRootless ? "0:0" : "\(context.user.user):\(context.user.group)"
    }
}

/// What `info` says of an engine: docker's or podman's words, whatever the program is called.
private struct EngineFacts: Decodable {
    /// `nil` where it is neither's.
    let isRootless: Bool?

    private enum Key: String, CodingKey {
        case host, security, rootless
        case securityOptions = "SecurityOptions"
    }

    init(from decoder: any Decoder) throws {
        let facts = try decoder.container(keyedBy: Key.self)
        if facts.contains(.host) {
            let host = try facts.nestedContainer(keyedBy: Key.self, forKey: .host)
            isRootless = try host.nestedContainer(keyedBy: Key.self, forKey: .security).decode(
                Bool.self, forKey: .rootless)
        } else if facts.contains(.securityOptions) {
            let options = try facts.decodeIfPresent([String].self, forKey: .securityOptions) ?? []
            isRootless = options.contains { $0.split(separator: ",").contains("name=rootless") }
        } else {
            isRootless = nil
        }
    }
}
