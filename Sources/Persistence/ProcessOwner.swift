import HostSystem
import Model
import SystemPackage

/// One process of one boot: its number alone would be given again to another.
public struct ProcessOwner: Hashable, Sendable, Codable {
    public var process: Int32
    /// The boot's random id. Source: `random(4)`, /proc/sys/kernel/random/boot_id.
    public var boot: String
    /// When the process started, in clock ticks since boot. Source: `proc_pid_stat(5)`, field 22.
    public var start: Int64

    public init(process: Int32, boot: String, start: Int64) {
        self.process = process
        self.boot = boot
        self.start = start
    }

    /// This process.
    public static func current() throws -> ProcessOwner {
        let status = try FileSystem.readText("/proc/self/stat")
        guard let process = status.split(separator: " ").first.flatMap({ Int32($0) }), let start = startTime(status)
        else { throw HostError.notText("/proc/self/stat") }
        return ProcessOwner(process: process, boot: try bootID(), start: start)
    }

    /// Whether the process still exists; one that cannot be looked at counts as alive.
    public var isAlive: Bool {
        // A boot id that cannot be read leaves the number and the start time to tell the processes apart.
        if let now = try? Self.bootID(), now != boot { return false }
        let file = FilePath("/proc/\(process)/stat")
        guard FileSystem.exists(file) else { return false }
        // The process may end between the two calls: an unreadable file that is gone now means that it has ended.
        guard let status = try? FileSystem.readText(file) else { return FileSystem.exists(file) }
        return startTime(status) == start && !isZombie(status)
    }

    private static func bootID() throws -> String {
        String(try FileSystem.readText("/proc/sys/kernel/random/boot_id").prefix { !$0.isWhitespace })
    }
}

/// The fields after the command's name, which stands in parentheses and may itself hold spaces and parentheses.
private func fields(_ status: String) -> [Substring] {
    guard let end = status.lastIndex(of: ")") else { return [] }
    return status[status.index(after: end)...].split(separator: " ")
}

private func startTime(_ status: String) -> Int64? {
    let fields = fields(status)  // The first one is field 3 of the manual page.
    return fields.count > 19 ? Int64(fields[19]) : nil
}

private func isZombie(_ status: String) -> Bool {
    fields(status).first == "Z"
}
