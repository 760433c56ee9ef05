import Configuration
import HostSystem
import Model
import Snapshots
import SystemPackage

/// What an environment has beside its workspace and its pins.
struct EnvironmentDetails {
    let project: Project
    let environment: BranchEnvironment
    /// Of its workspace; the caller's where it has none or that does not read.
    let loaded: LoadedConfiguration

    init(_ environment: BranchEnvironment, in project: Project, caller: LoadedConfiguration) {
        self.project = project
        self.environment = environment
        // What is wrong with it is told by the commands that use it.
        let own = environment.workspace.flatMap { try? project.configuration(in: FilePath($0)) }
        loaded = own ?? caller
    }

    /// The names of the variables that commands find there, secrets among them, in order; without any values.
    ///
    /// Empty where they cannot be told, as when a placeholder is not known.
    func variables() -> [String] {
        guard let workspace = environment.workspace else { return [] }
        let variables = EnvironmentVariables(
            project: project, loaded: loaded, environment: environment, workspace: FilePath(workspace))
        // What is wrong with the configuration is told by the commands that use it.
        guard let declared = try? variables.declared(),
            let resolved = try? ConfigurationResolver.resolveEnvironment(
                loaded.configuration, in: variables.resolutionContext())
        else { return [] }
        return Set(declared.keys).union(resolved.variables.map(\.name)).union(loaded.configuration.secrets).sorted()
    }

    /// The copies of writable sources that the environment may change, by source, with the number of files that are not as
    /// pinned.
    func copies() async throws -> [String: ListEnvironments.Copy] {
        let pinning = try SourcePinning(project: project, loaded: loaded, branch: environment.branch)
        let root = environment.workspace.map { FilePath($0) }
        var copies: [String: ListEnvironments.Copy] = [:]
        for source in pinning.sources where source.isWritable {
            guard let pin = environment.pins.first(where: { $0.source == source.name }),
                pin.kind.isOfFiles, let path = source.path,
                let home = try root.map({ try pinning.home(of: source, in: $0) }) ?? pinning.ownCopies().folder,
                FileSystem.exists(home.appending(path))
            else { continue }
            let copy = home.appending(path)
            do {
                let changed = try await pinning.snapshots.ownChanges(in: copy, since: pin).count
                copies[source.name] = .init(path: copy, changed: changed)
            } catch SnapshotError.snapshotMissing {
                continue  // `doctor` and the next run say so.
            }
        }
        return copies
    }
}
