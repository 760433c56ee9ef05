import HostSystem
import Model
import SystemPackage
import TestSupport

/// A small project in a repository of its own, and the built program to use on it.
struct Playground: Sendable {
    let repository: TemporaryRepository
    let program: ProgramUnderTest

    /// The root of the main working tree.
    var path: FilePath { repository.path }
    /// The workspace of the branch whose slug is given.
    func workspace(_ slug: String) -> FilePath { repository.directory.path("project.envs").appending(slug) }

    /// Makes a repository whose one commit on `main` has the files and the configuration; the table is not tracked.
    ///
    /// - Parameter configuration: `nil` leaves the repository without `headgate.yaml`.
    init(
        _ configuration: String? = Playground.configuration, files: [String: String] = [:], in parent: FilePath = "/tmp"
    ) async throws {
        repository = try await TemporaryRepository(in: parent, empty: true)
        program = try ProgramUnderTest(variables: repository.variables)
        try repository.write("data/raw.csv", "id,name\n1,ann\n2,bob\n")
        var tracked = ["note.txt": "3,cyd\n", ".gitignore": "data/\nout/\n"]
        if let configuration { tracked["headgate.yaml"] = configuration }
        try await repository.commit(tracked.merging(files) { $1 }, message: "Begin")
    }

    /// One source, one step, three tests.
    static let configuration = """
        version: 1
        project: small
        environments:
          - match: main
            protected: true
          - match: "*"
            from: main
        expire: {merged: 0s}
        sources:
          raw:
            path: data/raw.csv
            tests:
              - row_count: {min: 1}
        steps:
          join:
            run: mkdir -p out && cat data/raw.csv note.txt > out/all.csv
            inputs: [data/raw.csv, note.txt]
            outputs: [out/all.csv]
            tests:
              - unique: [id]
              - not_null: [name]

        """

    /// One source, of which each environment has a copy of its own.
    static let writable = """
        version: 1
        project: small
        environments: [{match: main, protected: true}, {match: "*", from: main}]
        sources:
          raw:
            path: data
            writable: true

        """

    /// Runs `headgate`, in the main working tree where nothing else is said.
    func headgate(
        _ arguments: String..., in directory: FilePath? = nil, variables: [String: String] = [:]
    ) async throws -> ProgramUnderTest.Outcome {
        try await program.run(arguments, in: directory ?? path, variables: variables)
    }

    /// Runs `headgate`, which must succeed, and returns what it answered.
    @discardableResult
    func done(_ arguments: String..., in directory: FilePath? = nil) async throws -> String {
        let outcome = try await program.run(arguments, in: directory ?? path)
        guard outcome.status == 0 else { throw Unexpected(arguments: arguments, outcome: outcome) }
        return outcome.output
    }

    struct Unexpected: Error, CustomStringConvertible {
        let arguments: [String]
        let outcome: ProgramUnderTest.Outcome

        var description: String {
            "headgate \(arguments.joined(separator: " ")) ended with \(outcome.status)\n\(outcome.errorOutput)\(outcome.output)"
        }
    }

    /// A PATH with the programs that steps and Headgate need, but for bubblewrap.
    func pathWithoutSandbox() throws -> String {
        let folder = try repository.directory.makeDirectory("bin")
        for name in ["git", "bash", "sh", "env", "cat", "mkdir", "id"] {
            let places = ["/usr/local/bin", "/usr/bin", "/bin"].map { FilePath($0).appending(name) }
            guard let place = places.first(where: FileSystem.exists) else { continue }
            try FileSystem.symbolicLink(at: folder.appending(name), to: place)
        }
        return folder.string
    }

    @discardableResult
    func git(_ arguments: String..., in directory: FilePath? = nil) async throws -> String {
        try await repository.git(arguments, in: directory)
    }

    /// Runs `git` and returns how it ended, whatever that is.
    func tryGit(_ arguments: String..., in directory: FilePath? = nil) async throws -> CommandResult {
        try await repository.tryGit(arguments, in: directory)
    }

    /// Makes a branch at `main` with one commit that changes `files`; `main` stays checked out.
    @discardableResult
    func branch(_ name: String, _ files: [String: String]) async throws -> ObjectID {
        try await repository.branch(name, from: "main")
        let commit = try await repository.commit(files, message: "Change on \(name)")
        try await git("switch", "--quiet", "main")
        return commit
    }

    /// Everything of a text that differs from run to run, by name: paths, ids, moments and durations.
    func marked(_ text: String) -> String {
        text.replacing(repository.directory.path.string, with: "<folder>")
            .replacing(/\b[0-9]{8}-[0-9]{6}-[0-9a-f]{4}\b/, with: "<run>")
            .replacing(/\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z\b/, with: "<time>")
            .replacing(/\b[0-9a-f]{64}\b/, with: "<hash>")
            .replacing(/\b[0-9a-f]{40}\b/, with: "<id>")
            .replacing(/\b[0-9a-f]{10}\b/, with: "<short>")
            .replacing(/\b[0-9]+(\.[0-9]+)?(ms|s)\b/, with: "<took>")
            .replacing(/\bprocess [0-9]+\b/, with: "process <number>")
    }
}

extension ProgramUnderTest.Outcome {
    /// Output, messages and status as one text, for comparison with a stored one.
    func transcript(in playground: Playground) -> String {
        let answer = output.isEmpty ? "" : playground.marked(output)
        let messages = errorOutput.isEmpty ? "" : playground.marked(errorOutput)
        return answer + messages + "exit \(status)\n"
    }
}
