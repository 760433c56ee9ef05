import Glibc
import HostSystem
import Model
import SystemPackage

/// A user without rights, as whom root runs what must also work for others.
public struct OrdinaryUser: Sendable {
    public let name: String
    private let number: String
    private let group: String
    public let home: FilePath

    /// A user of this machine that is fit for tests, or `nil` when there is none or this process is not root.
    ///
    /// `hguser` where somebody made it, else the first ordinary one with a home directory.
    public static let available: OrdinaryUser? = {
        guard CurrentProcess.userID == 0 else { return nil }
        // Without the list of users there is none.
        let lines = ((try? FileSystem.readText("/etc/passwd")) ?? "").split(separator: "\n")
        let users = lines.compactMap { line -> OrdinaryUser? in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 7, let number = Int(fields[2]), (1000..<60_000).contains(number),
                FileSystem.isDirectory(FilePath(fields[5]))
            else { return nil }
            return OrdinaryUser(name: fields[0], number: fields[2], group: fields[3], home: FilePath(fields[5]))
        }
        return users.first { $0.name == "hguser" } ?? users.first
    }()

    /// Returns an invocation that runs `invocation` as this user, with its variables as they are.
    public func running(_ invocation: Invocation) -> Invocation {
        var changed = invocation
        changed.program = "/usr/bin/setpriv"
        changed.arguments =
            ["--reuid", number, "--regid", group, "--init-groups", "--", invocation.program] + invocation.arguments
        return changed
    }

    /// Gives a tree to this user.
    public func own(_ path: FilePath) async throws {
        _ = try await CommandRunner().run(
            Invocation("/usr/bin/chown", ["-hR", "\(name):", path.string]))
    }
}
