import Configuration
import HostSystem
import Model
import SystemPackage

/// The values of a project's secrets: from the caller's variables, then from the project's secrets file.
///
/// Values go to processes and into addresses, nowhere else; each that is read is kept from being shown.
struct Secrets: Sendable {
    let host: Host
    /// The project's name, after which the file is called.
    let projectName: String

    init(_ project: Project, _ configuration: ProjectConfiguration) {
        host = project.host
        projectName = configuration.project
    }

    /// `~/.config/headgate/secrets/<project>.env`.
    var file: FilePath {
        host.home.appending(".config/headgate/secrets").appending(projectName + ".env")
    }

    /// Returns the values of those of `names` that have one.
    ///
    /// - Throws: `SecretError` for a file that others may read, or that is no dotenv file. It is looked at only where the
    ///   variables do not answer everything.
    func values(_ names: some Sequence<String>) throws -> [String: String] {
        var values: [String: String] = [:]
        var missing: [String] = []
        for name in names {
            if let value = host.variables[name], !value.isEmpty { values[name] = value } else { missing.append(name) }
        }
        if !missing.isEmpty {
            let kept = try readFile()
            for name in missing where kept[name]?.isEmpty == false { values[name] = kept[name] }
        }
        values.values.forEach(host.redactions.add)
        return values
    }

    /// Returns `text` with each reference to a secret replaced by its value.
    ///
    /// - Throws: `SecretError.missing`.
    func fill(_ text: String, for user: String) throws -> String {
        let names = SecretReference.names(in: text)
        if names.isEmpty { return text }
        let values = try values(names)
        if let missing = names.first(where: { values[$0] == nil }) {
            throw SecretError.missing(missing, for: user, file: file)
        }
        return SecretReference.fill(text, with: values)
    }

    private func readFile() throws -> [String: String] {
        guard let status = try FileSystem.status(file, followLinks: true) else { return [:] }
        guard status.kind == .file else { throw SecretError.noFile(file, kind: status.kind.words) }
        guard status.owner == CurrentProcess.userID || CurrentProcess.userID == 0 else {
            throw SecretError.notOurs(file)
        }
        guard status.mode & 0o077 == 0 else { throw SecretError.open(file, mode: status.mode & 0o777) }
        let text = String(decoding: try FileSystem.readBytes(file, limit: 1 << 20), as: UTF8.self)
        do throws(DotenvFile.Problem) {
            return try DotenvFile(text).values
        } catch {
            throw SecretError.malformed(file, line: error.line, reason: error.reason)
        }
    }
}

/// Why a secret has no value.
public enum SecretError: DiagnosableError, Hashable {
    case missing(String, for: String, file: FilePath)
    case open(FilePath, mode: UInt32)
    case notOurs(FilePath)
    case noFile(FilePath, kind: String)
    case malformed(FilePath, line: Int, reason: String)

    public var diagnosis: Diagnosis {
        switch self {
        case .missing(let name, let user, let file):
            Diagnosis(
                problem: "the secret \(name) has no value", reason: "\(user) needs it",
                remedy: "set the variable \(name) where you call headgate, or write `\(name)=…` to \(file) (mode 0600)")
        case .open(let file, let mode):
            Diagnosis(
                problem: "the secrets in \(file) are not secret",
                reason: "its mode is 0\(String(mode, radix: 8)), so that others may read or change it",
                remedy: "run `chmod 600 \(shellWord(file.string))`, and change the secrets if others use this machine")
        case .notOurs(let file):
            Diagnosis(
                problem: "the secrets in \(file) are not used", reason: "the file belongs to another user",
                remedy: "run `chown` on it, or write one of your own")
        case .noFile(let file, let kind):
            Diagnosis(problem: "the secrets cannot be read", reason: "\(file) is a \(kind)", remedy: "move it away")
        case .malformed(let file, let line, let reason):
            Diagnosis(
                problem: "the secrets cannot be read", reason: "line \(line) of \(file): \(reason)",
                remedy: "write one `NAME=value` per line")
        }
    }

    public var exitStatus: ExitStatus { .configuration }
}
