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
        func end(by runner: CommandRunner, variables: [String: String]) async {
            let invocation = Invocation(
                engine.string, ["rm", "--force", name], variables: variables, timeLimit: TimeSpan(seconds: 20))
            _ = try? await runner.run(invocation)
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
    public static func end(of runFolder: FilePath, by runner: CommandRunner, variables: [String: String]) async throws {
        let file = runFolder.pushing(file)
        guard FileSystem.exists(file) else { return }
        for line in try FileSystem.readText(file).split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].hasPrefix("headgate-") else { continue }
            await Container(engine: FilePath(String(parts[1])), name: String(parts[0]))
                .end(by: runner, variables: variables)
        }
    }
}
