import HostSystem
import Model

extension GitProgram {
    /// Returns the whole configuration, of which the last value of a key counts; sections and names in lower case.
    public func configuration() async throws -> [String: String] {
        Dictionary(try await configurationEntries().map { ($0.key, $0.value) }) { $1 }
    }

    /// Returns every entry of the configuration in the order in which Git reads them; a key without `=` is `true`.
    func configurationEntries() async throws -> [(key: String, value: String)] {
        splitAtNULs(try await require(["config", "--list", "--null", "--includes"]).output).map { field in
            let parts = field.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            return (key: parts[0], value: parts.count == 2 ? parts[1] : "true")
        }
    }

    /// Returns the value of a configuration key in the repository's own file, one per line, or an empty list.
    public func localConfiguration(_ key: String) async throws -> [String] {
        let result = try await run(["config", "--local", "--null", "--get-all", key])
        return result.succeeded ? splitAtNULs(result.output).map { String(decoding: $0, as: UTF8.self) } : []
    }

    /// Adds a value to a key in the repository's own file.
    public func addConfiguration(_ key: String, _ value: String) async throws {
        try await require(["config", "--local", "--add", key, value])
    }

    /// Takes exactly this value of a key out of the repository's own file; none there is fine.
    public func removeConfiguration(_ key: String, _ value: String) async throws {
        let result = try await run(["config", "--local", "--fixed-value", "--unset-all", key, value])
        // 5: there is no such value.
        guard result.succeeded || result.termination == .exited(5) else {
            throw GitError.program(GitProgramFailure(["config", "--unset-all", key], result))
        }
    }
}
