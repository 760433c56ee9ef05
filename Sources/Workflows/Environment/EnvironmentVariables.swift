import Configuration
import HostSystem
import Model
import SystemPackage

/// The variables that an environment gives to what runs in it, and the file that carries them to other tools.
struct EnvironmentVariables {
    let project: Project
    let loaded: LoadedConfiguration
    let environment: BranchEnvironment
    let workspace: FilePath

    static let file = FilePath(".headgate/environment")

    /// HEADGATE_ENVIRONMENT, HEADGATE_BRANCH, the configuration's variables, parameters, ports and sources; no secrets.
    func declared() throws -> [String: String] {
        let context = resolutionContext()
        var variables: [String: String] = [:]
        let resolved = try ConfigurationResolver.resolveEnvironment(loaded.configuration, in: context)
        for variable in resolved.variables {
            if case .text(let value) = variable.value { variables[variable.name] = value }
        }
        for parameter in try ConfigurationResolver.resolvedParameters(loaded.configuration, in: context) {
            variables["HEADGATE_PARAM_" + parameter.name.uppercased()] = parameter.value.text
        }
        for (name, port) in environment.ports { variables["HEADGATE_PORT_" + name.uppercased()] = String(port) }
        for source in loaded.configuration.sources {
            guard let path = source.path else { continue }
            variables["HEADGATE_SOURCE_" + source.name.uppercased()] = workspace.appending(path).string
        }
        variables["HEADGATE_ENVIRONMENT"] = environment.slug
        variables["HEADGATE_BRANCH"] = environment.branch.rawValue
        return variables
    }

    /// What is handed to processes and never written down: the secrets under their own names, as far as they have a
    /// value, and the variables whose value is a secret.
    ///
    /// - Throws: `SecretError.missing` for such a variable.
    func secret() throws -> [String: String] {
        let secrets = Secrets(project, loaded.configuration)
        let values = try secrets.values(loaded.configuration.secrets)
        var variables = values
        let resolved = try ConfigurationResolver.resolveEnvironment(loaded.configuration, in: resolutionContext())
        for variable in resolved.variables {
            guard case .secret(let name) = variable.value else { continue }
            guard let value = values[name] else {
                throw SecretError.missing(name, for: "the variable \(variable.name)", file: secrets.file)
            }
            variables[variable.name] = value
        }
        return variables
    }

    func resolutionContext() -> ResolutionContext {
        ResolutionContext(
            branch: environment.branch, environmentName: environment.slug,
            ports: loaded.configuration.ports(of: environment),
            local: loaded.local)
    }

    /// Writes `.headgate/environment`, a dotenv file that only this user may read.
    func write() throws {
        let lines = try declared().sorted { $0.key < $1.key }.map { "\($0.key)=\(dotenvValue($0.value))\n" }
        let target = workspace.appending(EnvironmentVariables.file.string)
        try FileSystem.makeDirectories(target.removingLastComponent(), mode: 0o755)
        let text = lines.joined()
        if let present = try? FileSystem.readText(target), present == text { return }  // Unreadable: written anew.
        // Like the files that Git checks out beside it, it may be lost by a power cut; it is then written anew.
        try FileSystem.replace(target, withText: text, mode: 0o600, isSynced: false)
    }
}

/// Returns `text` as a dotenv file holds it: as it is where nothing in it means anything, in double quotes otherwise.
func dotenvValue(_ text: String) -> String {
    if shellWord(text) == text { return text }
    return "\""
        + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$")
        .replacing("`", with: "\\`").replacing("\n", with: "\\n") + "\""
}
