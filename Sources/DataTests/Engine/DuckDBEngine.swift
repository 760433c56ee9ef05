import HostSystem
import Model
import SystemPackage

/// DuckDB's command-line program, found on this machine.
public struct DuckDBEngine: Hashable, Sendable {
    /// The oldest version that has all that the tests of Headgate ask for.
    public static let minimumVersion = "1.4.0"
    /// The command that installs the program.
    public static let installation = "pip install --upgrade duckdb-cli"

    public let program: FilePath

    public init(program: FilePath) {
        self.program = program
    }

    /// Finds the program: installed beside `program`, built beside it, or in `variables["PATH"]`.
    ///
    /// The places are `<directory of program>/../lib/headgate/bin/duckdb`; `.build/headgate/lib/headgate/bin/duckdb` in
    /// the nearest directory above `program` that holds a `Package.swift`; and each directory of the path, where the
    /// Python wrapper that `pip` installs is left aside for the native program it starts, which is twice as fast.
    ///
    /// - Parameter program: the running program, absolute, links resolved.
    /// - Returns: `nil` where there is none.
    public static func locate(besides program: FilePath, variables: [String: String]) -> DuckDBEngine? {
        let directory = program.removingLastComponent()
        let installed = directory.removingLastComponent().pushing("lib/headgate/bin/duckdb")
        if isProgram(installed) { return DuckDBEngine(program: installed) }
        if let package = directory.nearestPackage {
            let built = package.pushing(".build/headgate/lib/headgate/bin/duckdb")
            if isProgram(built) { return DuckDBEngine(program: built) }
        }
        for entry in (variables["PATH"] ?? "").split(separator: ":") where entry.hasPrefix("/") {
            let candidate = FilePath(String(entry)).appending("duckdb")
            guard isProgram(candidate) else { continue }
            return DuckDBEngine(program: nativeProgram(besides: candidate) ?? candidate)
        }
        return nil
    }

    /// Asks the program for its version, such as `1.5.6`.
    ///
    /// - Throws: `HostError.commandNotStarted`; `DataTestError.notDuckDB` when something else answers.
    public func version(runner: CommandRunner) async throws -> String {
        let result = try await runner.run(Invocation(program.string, ["--version"], timeLimit: TimeSpan(seconds: 30)))
        let answer = result.outputText.split(separator: "\n").first.map { String($0) } ?? ""
        guard result.succeeded, answer.hasPrefix("v"), let version = answer.dropFirst().split(separator: " ").first,
            DuckDBVersion(String(version)) != nil
        else { throw DataTestError.notDuckDB(program, answer: answer) }
        return String(version)
    }

    /// What tells this program from another version of it, without starting it; `nil` when it is gone.
    var fingerprint: String? {
        // A program that cannot be looked at cannot be started either, and starting it says why.
        guard let status = try? FileSystem.status(program, followLinks: true) else { return nil }
        return "duckdb:\(status.size):\(status.modified.nanoseconds):\(status.inode)"
    }
}

/// The number of a version, for comparing.
struct DuckDBVersion: Comparable {
    private let parts: [Int]

    /// Reads `1.5.6` or `v1.5.6-dev12`; `nil` for anything that does not begin with numbers and dots.
    init?(_ text: String) {
        let number = text.drop { $0 == "v" }.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let parts = number.split(separator: ".").map { Int($0) }
        guard parts.count >= 2, parts.allSatisfy({ $0 != nil }) else { return nil }
        self.parts = parts.compactMap { $0 }
    }

    static func < (left: Self, right: Self) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts)
    }
}

/// The native program that the wrapper at `wrapper` starts: `<prefix>/lib/python3.*/site-packages/duckdb_cli/duckdb`.
private func nativeProgram(besides wrapper: FilePath) -> FilePath? {
    // Without a canonical path or a listing there is still the wrapper itself.
    let real = (try? FileSystem.canonical(wrapper)) ?? wrapper
    for prefix in Set([wrapper, real].map { $0.removingLastComponent().removingLastComponent() }) {
        for directory in ["lib", "lib64"] {
            let library = prefix.appending(directory)
            for name in (try? FileSystem.list(library)) ?? [] where name.string.hasPrefix("python3") {
                let native = library.appending(name).pushing("site-packages/duckdb_cli/duckdb")
                if isProgram(native) { return native }
            }
        }
    }
    return nil
}

private func isProgram(_ path: FilePath) -> Bool {
    // What cannot be looked at cannot be started.
    guard let status = try? FileSystem.status(path, followLinks: true) else { return false }
    return status.kind == .file && status.mode & 0o111 != 0
}

extension FilePath {
    /// The nearest directory, this one or one above, that holds a `Package.swift`.
    fileprivate var nearestPackage: FilePath? {
        var directory = self
        while true {
            if FileSystem.exists(directory.appending("Package.swift")) { return directory }
            let above = directory.removingLastComponent()
            if above == directory || above.isEmpty { return nil }
            directory = above
        }
    }
}
