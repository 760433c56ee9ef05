import HostSystem
import Model
import SystemPackage

/// The containers of a run, noted before they start, so that those of a killed run can be ended.
public enum LeftContainers {
    /// One container, by the program that knows it.
    struct Container: Sendable {
        let engine: FilePath
        let name: String

        /// Ends and removes it; one that is gone already is fine.
        ///
        /// - Returns: one sentence where it may still run.
        func end(by runner: CommandRunner, variables: [String: String]) async -> String? {
            let invocation = Invocation(
                engine.string, ["rm", "--force", name], variables: variables, timeLimit: TimeSpan(seconds: 20))
            let reason: String
            do {
                let result = try await runner.run(invocation)
                if result.succeeded || result.errorText.lowercased().contains("no such container") { return nil }
                reason = result.errorText.split(separator: "\n").first.map(String.init) ?? "\(engine) failed"
            } catch let error as any DiagnosableError {
                reason = error.diagnosis.oneLine
            } catch {
                reason = "\(error)"
            }
            return "the container \(name) may still run: \(reason); `\(engine) rm --force \(name)` ends it"
        }
    }

    private static let file = FilePath("containers")

    static func note(_ container: ContainerCommand, of context: PipelineContext) throws {
        let line = "\(container.name) \(container.engine)\n"
        let file = context.runFolder.pushing(file)
        let descriptor = try FileDescriptor.open(
            file, .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
        try descriptor.closeAfter { _ = try descriptor.writeAll(line.utf8) }
    }

    /// Ends what is left of the containers of a run.
    ///
    /// - Parameters:
    ///   - runFolder: that of the run.
    ///   - variables: what the engine's client is given.
    ///   - say: hears of each that may still run, in one sentence.
    public static func end(
        of runFolder: FilePath, by runner: CommandRunner, variables: [String: String], say: (String) -> Void
    ) async throws {
        let file = runFolder.pushing(file)
        guard FileSystem.exists(file) else { return }
        for line in try FileSystem.readText(file).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].hasPrefix("headgate-") else { continue }
            let container = Container(engine: FilePath(String(parts[1])), name: String(parts[0]))
            if let left = await container.end(by: runner, variables: variables) { say(left) }
        }
    }
}
