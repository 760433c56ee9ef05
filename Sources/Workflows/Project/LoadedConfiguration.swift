import Configuration
import Git
import HostSystem
import Model
import SystemPackage

/// A `headgate.yaml` as it stands in one working tree, with the local layer beside it.
public struct LoadedConfiguration: Sendable {
    public let configuration: ProjectConfiguration
    public let local: LocalLayer?
    /// The file's text, byte for byte.
    public let text: String
    public let file: FilePath
}

extension Project {
    static let configurationFile = "headgate.yaml"

    /// Reads the configuration of a working tree.
    ///
    /// - Throws: `ProjectError.noConfiguration`, `.configurationLeftOut`; `ConfigurationError` with every wrong line.
    public func configuration(in workTree: FilePath) throws -> LoadedConfiguration {
        let file = workTree.appending(Project.configurationFile)
        guard FileSystem.exists(file) else {
            // Without a layout that can be read, there is no telling.
            let git = (try? RepositoryLayout.find(from: workTree))?.gitDirectory
            let isSparse = git.map { FileSystem.exists($0.appending("info").appending("sparse-checkout")) } ?? false
            throw isSparse ? ProjectError.configurationLeftOut(workTree) : ProjectError.noConfiguration(workTree)
        }
        let text = try FileSystem.readText(file)
        let local = try localLayerFile(in: workTree).map {
            try LocalLayerReader.read(
                FileSystem.readText($0),
                file: $0.removingLastComponent() == workTree ? "headgate.local.yaml" : $0.string)
        }
        var configuration = try ConfigurationReader.read(text, file: Project.configurationFile)
        if configuration.project.isEmpty { configuration.project = defaultName }
        return LoadedConfiguration(configuration: configuration, local: local, text: text, file: file)
    }

    /// The local layer of a working tree: its own `headgate.local.yaml`, or that of the main working tree, because a file
    /// that Git ignores is in no new workspace, and speaks of the machine rather than of a branch.
    func localLayerFile(in workTree: FilePath) -> FilePath? {
        [workTree, layout.mainWorkTree].compactMap { $0?.appending("headgate.local.yaml") }.first(
            where: FileSystem.exists)
    }

    /// Reads the configuration that a commit holds, or returns `nil` when it has none.
    public func configuration(at commit: ObjectID) async throws -> ProjectConfiguration? {
        let path = FilePath(Project.configurationFile)
        guard let bytes = try await repository().blob(at: path, inCommit: commit) else { return nil }
        var configuration = try ConfigurationReader.read(
            String(decoding: bytes, as: UTF8.self), file: "headgate.yaml at \(commit.short)")
        if configuration.project.isEmpty { configuration.project = defaultName }
        return configuration
    }

    /// What a project is called that does not say so: the name of the main working tree.
    private var defaultName: String { (layout.mainWorkTree ?? workTree).lastComponent?.string ?? "" }

    /// The mode that a protected branch's own configuration sets, or the caller's where that branch has none.
    func gateMode(of branch: BranchName) async throws -> GatePolicy.Mode {
        if let tip = try layout.resolve(reference: branch.reference), let own = try await configuration(at: tip) {
            return own.gate.mode
        }
        return try configuration(in: workTree).configuration.gate.mode
    }

    func configurationExists(at commit: ObjectID) async throws -> Bool {
        let repository = try await repository()
        return try await repository.file(
            at: FilePath(Project.configurationFile), inTree: repository.tree(of: commit)) != nil
    }

    /// The main protected branch: the first protected rule without `*` whose branch exists.
    public func mainProtectedBranch(_ configuration: ProjectConfiguration) throws -> BranchName? {
        for rule in configuration.environments where rule.isProtected && rule.match.isPlain {
            if let branch = BranchName(rule.match.text), try layout.resolve(reference: branch.reference) != nil {
                return branch
            }
        }
        return nil
    }

    /// The target of a merge where none is named.
    ///
    /// - Throws: `ProjectError.noProtectedBranch`.
    func requireMainProtectedBranch(_ configuration: ProjectConfiguration) throws -> BranchName {
        guard let branch = try mainProtectedBranch(configuration) else { throw ProjectError.noProtectedBranch }
        return branch
    }
}
