import HostSystem
import Model
import SystemPackage

extension GitProgram {
    /// Runs `git` with `arguments` and returns what happened, whatever the status.
    ///
    /// - Parameters:
    ///   - settings: configuration for this call only, `key=value`.
    ///   - extraVariables: set on top of the usual ones.
    /// - Throws: `GitError.locked` when a lock file of Git's own stands in the way, `.gitMissing`, `.gitTooOld`.
    func run(
        _ arguments: [String], settings: [String] = [], input: CommandInput = .none,
        extraVariables: [String: String] = [:], needsRepository: Bool = true, timeLimit: TimeSpan? = nil
    ) async throws -> CommandResult {
        var variables = variables
        if needsRepository {
            variables["GIT_DIR"] = layout.gitDirectory.string
            variables["GIT_WORK_TREE"] = layout.workTree?.string
        }
        variables.merge(extraVariables) { $1 }
        let options = (Self.safeSettings + settings).flatMap { ["-c", $0] }
        var invocation = Invocation(program, options + arguments, variables: variables, input: input)
        invocation.timeLimit = timeLimit
        invocation.output = .captured(limit: 512 << 20)
        invocation.directory = needsRepository ? layout.workTree ?? layout.gitDirectory : "/"
        let result = try await start(invocation)
        // So it ends over an option that it does not know yet. Source: git `usage.c`.
        if result.termination == .exited(129) { try await requireVersion() }
        if !result.succeeded, let lock = lockFile(in: result.errorText) {
            throw GitError.locked(GitLockFile(at: lock))
        }
        return result
    }

    /// Runs `git` and returns its standard output without the line end at the end.
    ///
    /// - Throws: `GitError.program` unless it exits with status 0.
    @discardableResult
    func output(
        _ arguments: [String], settings: [String] = [], input: CommandInput = .none,
        extraVariables: [String: String] = [:], needsRepository: Bool = true, timeLimit: TimeSpan? = nil
    ) async throws -> String {
        let result = try await require(
            arguments, settings: settings, input: input, extraVariables: extraVariables,
            needsRepository: needsRepository, timeLimit: timeLimit)
        return trimmedEnd(result.outputText[...])
    }

    /// Runs `git` and returns what happened.
    ///
    /// - Throws: `GitError.program` unless it exits with status 0.
    @discardableResult
    func require(
        _ arguments: [String], settings: [String] = [], input: CommandInput = .none,
        extraVariables: [String: String] = [:], needsRepository: Bool = true, timeLimit: TimeSpan? = nil
    ) async throws -> CommandResult {
        let result = try await run(
            arguments, settings: settings, input: input, extraVariables: extraVariables,
            needsRepository: needsRepository, timeLimit: timeLimit)
        guard result.succeeded else { throw GitError.program(GitProgramFailure(arguments, result)) }
        return result
    }

    func start(_ invocation: Invocation) async throws -> CommandResult {
        do {
            return try await runner.run(invocation)
        } catch let error as HostError {
            if case .commandNotStarted = error { throw GitError.gitMissing }
            throw error
        }
    }

    /// A file system monitor is a program that the repository names; nothing here needs one.
    private static let safeSettings = ["core.fsmonitor=false", "advice.detachedHead=false", "gc.auto=0"]

    /// The lock file that Git says is in the way. Source: `lockfile.c`, `refs/files-backend.c`.
    private func lockFile(in message: String) -> FilePath? {
        guard message.contains(".lock': File exists") else { return nil }
        for part in message.split(separator: "'") where part.hasSuffix(".lock") {
            let path = FilePath(String(part))
            return path.isAbsolute ? path : (layout.workTree ?? layout.gitDirectory).pushing(path)
        }
        return nil
    }
}

extension GitProgramFailure {
    init(_ arguments: [String], _ result: CommandResult) {
        let status: Int32 =
            switch result.termination {
            case .exited(let code): code
            case .signalled(let number): 128 + number
            case .timedOut: 124
            }
        self.init(
            arguments: arguments, status: status,
            message: String(trimmedEnd(result.errorText[...]).suffix(4000)))
    }
}

/// Splits output of `-z` options at NUL bytes; what stands after the last NUL is kept only when not empty.
func splitAtNULs(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var fields = bytes.split(separator: 0, omittingEmptySubsequences: false)
    if fields.last?.isEmpty == true { fields.removeLast() }
    return fields
}

/// Joins paths with NUL bytes for options such as `--pathspec-file-nul`.
func joinedWithNULs(_ paths: [FilePath]) -> [UInt8] {
    paths.flatMap { $0.pathBytes + [0] }
}
