import Configuration
import Git
import HostSystem
import Model
import SystemPackage

/// Recognises a project and writes its first `headgate.yaml`; moves and copies none of the user's files.
public struct InitializeProject: Sendable {
    /// What was recognised.
    public typealias Findings = ProjectFindings

    /// What was written, and what was found.
    public struct Result: Sendable {
        public let directory: FilePath
        public let file: FilePath
        public let findings: ProjectFindings
        /// Whether an output of a step that was found is there already, so that it may be adopted.
        public let hasOutputs: Bool
        /// Whether the branch has a commit, without which no environment can be.
        public let hasCommit: Bool
    }

    let host: Host

    public init(_ host: Host) {
        self.host = host
    }

    /// The names of the templates that come with the program, each with the first line of its README.
    public func templates() throws -> [(name: String, summary: String)] {
        guard let folder = host.parts.templates else { return [] }
        return try FileSystem.list(folder).map(\.string).sorted().compactMap { name in
            guard FileSystem.exists(folder.appending(name).appending(Project.configurationFile)) else { return nil }
            let readme = folder.appending(name).appending("README.md")
            guard FileSystem.exists(readme) else { return (name, "") }
            let lines = try FileSystem.readText(readme).split(separator: "\n").map(String.init)
            return (name, lines.first { !$0.hasPrefix("#") } ?? "")
        }
    }

    /// Adopts the repository that `directory` lies in.
    ///
    /// - Throws: `InitializeError.exists`; `GitError.notARepository`, `.bareRepository`.
    public func adopt(at directory: FilePath) async throws -> Result {
        let layout = try RepositoryLayout.find(from: directory)
        try await GitProgram(layout, runner: host.runner, variables: host.variables)
            .requireTrusted(userID: CurrentProcess.userID)
        guard let root = layout.workTree else { throw GitError.bareRepository(layout.commonDirectory) }
        let file = root.appending(Project.configurationFile)
        guard !FileSystem.exists(file) else { throw InitializeError.exists(file) }
        let findings = try await ProjectSurvey(
            git: GitProgram(layout, runner: host.runner, variables: host.variables), root: root, layout: layout
        )()
        let text = StarterConfiguration.text(for: findings)
        // What we write must be what we read; a configuration that does not pass is a fault of ours.
        let configuration = try ConfigurationReader.read(text, file: Project.configurationFile)
        try FileSystem.replace(file, withText: text)
        try trust(configuration, layout, root)
        let hasOutputs = configuration.steps.flatMap(\.outputs).contains { FileSystem.exists(root.appending($0)) }
        return Result(
            directory: root, file: file, findings: findings, hasOutputs: hasOutputs,
            hasCommit: try layout.head().commit != nil)
    }

    /// Copies a template into `directory`, and makes it a repository where it lies in none.
    ///
    /// - Throws: `InitializeError.noTemplate`, `.notEmpty`.
    public func copyTemplate(_ name: String, to directory: FilePath) async throws -> Result {
        guard let folder = host.parts.templates, try templates().contains(where: { $0.name == name }) else {
            throw InitializeError.noTemplate(name, known: try templates().map(\.name))
        }
        let template = folder.appending(name)
        try FileSystem.makeDirectories(directory)
        for entry in try FileSystem.list(template) where FileSystem.exists(directory.appending(entry)) {
            throw InitializeError.notEmpty(directory.appending(entry))
        }
        for entry in try FileSystem.list(template) {
            _ = try await TreeCopy(method: .auto, width: host.cores).copy(
                template.appending(entry), to: directory.appending(entry))
        }
        try await unpack(in: directory)
        if (try? RepositoryLayout.find(from: directory)) == nil {  // Lies in no repository yet.
            let made = try await host.runner.run(
                Invocation(
                    "git", ["init", "--quiet", "--initial-branch=main", "--", directory.string],
                    variables: host.variables.filter { !GitProgram.repositoryVariables.contains($0.key) },
                    directory: directory))
            guard made.succeeded else { throw InitializeError.initializing(directory, made.errorText) }
        }
        let layout = try RepositoryLayout.find(from: directory)
        let file = directory.appending(Project.configurationFile)
        let configuration = try ConfigurationReader.read(FileSystem.readText(file), file: Project.configurationFile)
        try trust(configuration, layout, directory)
        return Result(
            directory: directory, file: file, findings: ProjectFindings(projectName: configuration.project),
            hasOutputs: false, hasCommit: try layout.head().commit != nil)
    }

    /// What was written here, by us, is trusted here.
    private func trust(_ configuration: ProjectConfiguration, _ layout: RepositoryLayout, _ root: FilePath) throws {
        let project = try Project(host: host, layout: layout, workTree: root, head: layout.head())
        try Trust(project: project).approve(configuration)
    }

    /// Templates carry their data compressed.
    private func unpack(in directory: FilePath) async throws {
        let data = directory.appending("data/raw")
        guard FileSystem.isDirectory(data) else { return }
        for entry in try FileSystem.list(data) where entry.extension == "gz" {
            let result = try await host.runner.run(
                Invocation("gzip", ["-d", "--", entry.string], variables: host.variables, directory: data))
            guard result.succeeded else { throw InitializeError.unpacking(data.appending(entry), result.errorText) }
        }
    }
}

/// What keeps a project from being adopted.
public enum InitializeError: DiagnosableError, Hashable {
    case exists(FilePath)
    case noTemplate(String, known: [String])
    case notEmpty(FilePath)
    case unpacking(FilePath, String)
    case initializing(FilePath, String)

    public var diagnosis: Diagnosis {
        switch self {
        case .exists(let file):
            Diagnosis(
                problem: "\(file) exists already", remedy: "run `headgate config --check`, or `headgate plan` to go on")
        case .noTemplate(let name, let known):
            Diagnosis(
                problem: "there is no template `\(name)`",
                reason: known.isEmpty
                    ? "no templates were found beside the program" : "there are: \(known.joined(separator: ", "))",
                remedy: "see `headgate init --list`")
        case .notEmpty(let path):
            Diagnosis(
                problem: "cannot copy the template", reason: "\(path) is there already",
                remedy: "name another directory")
        case .unpacking(let file, let message):
            Diagnosis(problem: "cannot unpack \(file)", reason: message)
        case .initializing(let directory, let message):
            Diagnosis(problem: "cannot make a repository in \(directory)", reason: message)
        }
    }

    public var exitStatus: ExitStatus { .refused }
}
