import HostSystem
import Model
import SystemPackage

extension GitProgram {
    /// Returns a hash of all that decides how a blob becomes a file here besides the blob: attributes and the
    /// configuration of line ends, filters and links.
    ///
    /// Git compares files with the index only, so that files checked out under other settings look unchanged to it.
    ///
    /// Source: `gitattributes(5)`, "Checking-out and checking-in" and "FILES".
    public func conversionFingerprint() async throws -> ContentHash {
        var hasher = FieldHasher(domain: "conversion")
        let settings = #"^(core\.(autocrlf|eol|symlinks|filemode|attributesfile)|filter\..*)$"#
        let configured = try await run(["config", "--null", "--get-regexp", settings])
        hasher.add("settings", bytes: configured.output)
        hasher.add(
            "attributes",
            bytes: try await require(["ls-files", "--stage", "-z", "--", ":(glob)**/.gitattributes"]).output)
        let named = try await run(["config", "--type=path", "--get", "core.attributesFile"])
        let own = FilePath(try await output(["rev-parse", "--path-format=absolute", "--git-path", "info/attributes"]))
        // An empty one counts as none. Source: XDG Base Directory Specification, "Environment variables".
        let configuredHome = variables["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        let usual = configuredHome ?? (variables["HOME"] ?? "/") + "/.config"
        let general = named.succeeded ? trimmedEnd(named.outputText[...]) : usual + "/git/attributes"
        for file in [own, FilePath(general), "/etc/gitattributes"] {
            // What Git cannot read either counts as nothing.
            hasher.add("file", bytes: (try? FileSystem.readBytes(file, limit: 16 << 20)) ?? [])
        }
        return hasher.finish()
    }

    /// Forgets what the files look like, so that the next reset writes each of them.
    public func forgetFiles() async throws {
        try await require(["read-tree", "--empty"])
    }
}
