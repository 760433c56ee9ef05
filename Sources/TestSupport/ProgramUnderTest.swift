import HostSystem
import Model
import SystemPackage

/// The built `headgate`, run as a user would run it.
public struct ProgramUnderTest: Sendable {
    public let executable: FilePath
    /// The variables of every run; a run may add to them.
    public let variables: [String: String]

    /// Finds the program beside the running tests.
    ///
    /// - Throws: `NotBuilt` when it is not there.
    public init(variables: [String: String]) throws {
        let products = try ProgramUnderTest.products()
        executable = products.appending("headgate")
        self.variables = variables
        guard FileSystem.exists(executable) else { throw NotBuilt(path: executable) }
    }

    /// What a run left behind.
    public struct Outcome: Sendable {
        public let output: String
        public let errorOutput: String
        public let termination: Termination
        public let seconds: Double

        /// The exit status; 128 + n when signal `n` ended it, as a shell says it.
        public var status: Int32 {
            switch termination {
            case .exited(let status): status
            case .signalled(let number): 128 + number
            case .timedOut: 124
            }
        }
    }

    /// Runs `headgate` with `arguments` and waits for it, at most a minute unless told otherwise.
    public func run(
        _ arguments: [String], in directory: FilePath, variables added: [String: String] = [:], input: String? = nil,
        timeLimit: TimeSpan = TimeSpan(seconds: 60)
    ) async throws -> Outcome {
        let result = try await CommandRunner().run(
            Invocation(
                executable.string, arguments, variables: variables.merging(added) { $1 }, directory: directory,
                input: input.map(CommandInput.text) ?? .none, timeLimit: timeLimit))
        return Outcome(
            output: result.outputText, errorOutput: result.errorText, termination: result.termination,
            seconds: result.seconds)
    }

    /// The directory that holds what was built: that of the test bundle.
    static func products() throws -> FilePath {
        // The tests run inside a bundle `<package>PackageTests.xctest`, or in a helper that was given its path.
        for word in CommandLine.arguments where word.contains(".xctest") {
            let bundle = FilePath(word.hasPrefix("--test-bundle-path=") ? String(word.dropFirst(19)) : word)
            return bundle.removingLastComponent()
        }
        return try CurrentProcess.executable().removingLastComponent()
    }

    public struct NotBuilt: Error, CustomStringConvertible {
        public let path: FilePath

        public var description: String { "\(path) is not there; run `swift build` first" }
    }
}
