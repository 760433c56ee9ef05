import Configuration
import Model

/// Says what an environment is, as one hash of its commit, its data and its config.
struct EnvironmentFingerprint {
    let project: Project

    /// - Parameter commit: the one that is checked out; uncommitted changes do not count.
    func callAsFunction(
        _ environment: BranchEnvironment, commit: ObjectID?, loaded: LoadedConfiguration
    ) throws -> ContentHash {
        let context = ResolutionContext(
            branch: environment.branch, environmentName: environment.slug,
            ports: loaded.configuration.ports(of: environment),
            local: loaded.local)
        let parameters = try ConfigurationResolver.resolvedParameters(loaded.configuration, in: context)
        var hasher = FieldHasher(domain: "environment")
        hasher.add("commit", commit?.hex ?? "")
        hasher.add(
            "pins", environment.pins.sorted { $0.source < $1.source }.flatMap { [$0.source, $0.fingerprint.hex] })
        hasher.add("parameters", parameters.sorted { $0.name < $1.name }.flatMap { [$0.name, $0.value.text] })
        return hasher.finish()
    }
}
