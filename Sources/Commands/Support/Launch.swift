import HostSystem
import Model
import SystemPackage
import Workflows

/// What the program was started with: read once in `Headgate.run`, handed to every command.
public struct Launch: Sendable {
    /// The directory the command works in: the caller's, or that of `-C`.
    var directory: FilePath
    var host: Host
    var output: Output

    /// The launch of the command that is running.
    @TaskLocal static var current: Launch?

    /// The running command's launch; commands exist only inside of one.
    static var required: Launch {
        guard let current else { preconditionFailure("a command ran outside of Headgate.run") }
        return current
    }
}
