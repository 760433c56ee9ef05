import HostSystem
import Model
import SystemPackage

/// Tells from the last lines of a step why it may have failed in the sandbox although it works outside, or what may be
/// deleted on a full disk.
struct FailureHint: Sendable {
    let step: String
    let isolation: IsolationLevel
    let network: Bool
    let specification: SandboxSpecification
    /// The folder of all runs.
    let logs: FilePath

    /// Returns one sentence, or `nil` when nothing is recognised.
    func hint(for tail: [String]) -> String? {
        let isFull = tail.contains { line in FailureHint.spacePhrases.contains { line.lowercased().contains($0) } }
        if isFull { return "what runs set aside lies in \(logs), this step's outputs with it, and may be deleted" }
        guard isolation == .sandbox || isolation == .hermetic else { return nil }
        for line in tail.reversed() {
            let lower = line.lowercased()
            if !network, FailureHint.networkPhrases.contains(where: { lower.contains($0) }) {
                return "\(step) runs without network; allow it with `sandbox: {network: true}`"
            }
            let speaksOfFile = FailureHint.filePhrases.contains { lower.contains($0) }
            if speaksOfFile, let path = hiddenPath(in: line) {
                return "\(step) could not read \(shown(path)), which the sandbox hides; allow it with `sandbox.read`"
            }
            if isolation == .hermetic, speaksOfFile || lower.contains("no module named") {
                return
                    "\(step) sees nothing but its declared inputs; `headgate run --trace \(step)` lists what it opens"
            }
            if lower.contains("device or resource busy"), let mount = mount(namedIn: line) {
                return
                    "\(shown(mount)) is shown in the place of another file, so it can be written into and not be replaced;"
                    + " let \(step) write into it, or give the source a directory as its path"
            }
            if lower.contains("read-only file system") {
                return "\(step) could not write outside its outputs: only the workspace may be written, and pins never;"
                    + " allow more with `sandbox.write`"
            }
        }
        return nil
    }

    /// What common programs say when a name cannot be resolved or a host not be reached.
    private static let networkPhrases = [
        "network is unreachable", "temporary failure in name resolution", "could not resolve host",
        "name or service not known", "getaddrinfo", "no route to host", "failed to establish a new connection",
        "nodename nor servname", "could not translate host name", "network unreachable",
    ]

    /// What the C library calls ENOSPC and EDQUOT.
    private static let spacePhrases = ["no space left on device", "disk quota exceeded"]

    private static let filePhrases = [
        "no such file", "not found", "does not exist", "cannot open", "can't open", "enoent", "permission denied",
        "not a directory", "unable to open",
    ]

    /// A path in the line that is there on the host and that the sandbox hides.
    private func hiddenPath(in line: String) -> FilePath? {
        paths(in: line).first { isHidden($0) && FileSystem.exists($0) }
    }

    /// A file that is shown in the place of another, and whose name stands in the line.
    private func mount(namedIn line: String) -> FilePath? {
        (specification.writableBinds + specification.readOnlyBinds).first { mount in
            mount.source != mount.target && (mount.target.lastComponent.map { line.contains($0.string) } ?? false)
        }?.target
    }

    private func isHidden(_ path: FilePath) -> Bool {
        if path.starts(with: specification.workspace) { return false }
        if (specification.read + specification.writableBinds.map(\.target)).contains(where: { path.starts(with: $0) }) {
            return false
        }
        var hidden: [FilePath] = [specification.home, "/tmp", "/var/tmp", "/run"] + specification.hidden
        if let root = specification.workspacesRoot { hidden.append(root) }
        return hidden.contains { path.starts(with: $0) && path != $0 }
    }

    /// The absolute paths, and those that begin with `~/`, among the words of a line.
    private func paths(in line: String) -> [FilePath] {
        line.split { " \t'\"`:;,()[]{}<>=".contains($0) }.compactMap { word in
            if word.hasPrefix("~/") { return specification.home.pushing(FilePath(String(word.dropFirst(2)))) }
            guard word.hasPrefix("/"), word.count > 1, !word.utf8.contains(0) else { return nil }
            return FilePath(String(word))
        }
    }

    private func shown(_ path: FilePath) -> String {
        var rest = path
        return rest.removePrefix(specification.home) ? "~/" + rest.string : path.string
    }
}
