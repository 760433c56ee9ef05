import HostSystem
import Model
import SystemPackage

/// Starts DuckDB's shell, shut off from everything but the files that a script opens.
struct EngineSession: Sendable {
    let engine: DuckDBEngine
    let runner: CommandRunner
    let context: TestContext

    /// The frame that holds the engine's version.
    static let versionFrame = 0

    /// The frame that says whether the database `d<index>` could be attached.
    static func attachmentFrame(_ index: Int) -> Int { 1 + index }

    /// Returns a script that begins by asking for the version and shutting the engine off.
    ///
    /// - Parameters:
    ///   - files: the only files that may be read. They could be written too, were it not that statements of users
    ///     are SELECT statements only, see `SQLText.selection`.
    ///   - databases: DuckDB files, attached read-only as `d0`, `d1`, ….
    func script(files: [FilePath] = [], databases: [FilePath] = []) -> EngineScript {
        var script = EngineScript()
        _ = script.add("SELECT version() AS version")
        script.require([
            "SET memory_limit='\(context.memoryLimit.bytes)B'",
            "SET threads=\(max(1, context.threads))",
            "SET temp_directory=\(SQLText.literal(context.temporaryDirectory.appending("duckdb").string))",
            "SET autoinstall_known_extensions=false",
            "SET autoload_known_extensions=false",
            "SET allow_community_extensions=false",
            "SET allow_persistent_secrets=false",
        ])
        for (index, database) in databases.enumerated() {
            _ = script.add("ATTACH \(SQLText.literal(database.string)) AS d\(index) (READ_ONLY)")
        }
        script.require([
            "SET allowed_paths=\(SQLText.list(files.map(\.string)))",
            "SET enable_external_access=false",
            "SET lock_configuration=true",
        ])
        return script
    }

    /// Runs a script.
    ///
    /// - Throws: `CancellationError`, and nothing else: what goes wrong is part of the answer.
    func answer(_ script: EngineScript) async throws(CancellationError) -> EngineAnswer {
        let (input, marker) = script.rendered()
        var variables = context.variables
        variables["TZ"] = "UTC"
        variables["HOME"] = context.temporaryDirectory.string
        let invocation = Invocation(
            engine.program.string, ["-init", "/dev/null", "-batch", ":memory:"], variables: variables,
            directory: context.temporaryDirectory, input: .text(input), output: .captured(limit: 64 << 20),
            errorOutput: .joined, timeLimit: context.timeLimit)
        do {
            let result = try await runner.run(invocation)
            return EngineAnswer(
                output: result.output, marker: marker, count: script.frames,
                ending: result.ending(limit: context.timeLimit), seconds: result.seconds)
        } catch let cancellation as CancellationError {
            throw cancellation
        } catch {
            let diagnosis = (error as? any DiagnosableError)?.diagnosis
            let reason = [diagnosis?.problem ?? "\(error)", diagnosis?.reason].compactMap { $0 }
            return EngineAnswer(
                output: [], marker: marker, count: script.frames, ending: reason.joined(separator: ": "), seconds: 0)
        }
    }
}

extension CommandResult {
    fileprivate func ending(limit: TimeSpan?) -> String {
        switch termination {
        case .exited where truncated: "its answer was too long"
        case .exited(let status): "DuckDB ended with status \(status)"
        case .signalled(let number):
            "DuckDB was ended by signal \(number)" + (number == 9 ? ", perhaps for want of memory" : "")
        case .timedOut: "DuckDB took longer than \(limit?.readable ?? "its time limit")"
        }
    }
}
