import Glibc
import SystemPackage

/// A process that keeps a directory busy.
public struct RunningProcess: Sendable, Hashable {
    public let identifier: Int32
    /// The command line, for people.
    public let command: String
    /// What it holds at or beneath the directory: its working directory or an open file.
    public let holds: FilePath

    /// Returns the processes, this one apart, whose working directory or an open file lies at or beneath `path`.
    ///
    /// Processes of other users are seen only by root. Source: `proc_pid_fd(5)`.
    public static func using(_ path: FilePath) -> [RunningProcess] {
        // A path that is gone is used by nobody under that name.
        guard let target = try? FileSystem.canonical(path), let names = try? FileSystem.list("/proc") else { return [] }
        return names.compactMap { name in
            guard let identifier = Int32(name.string), identifier != getpid() else { return nil }
            let process = FilePath("/proc").appending(name)
            guard let held = firstHeld(by: process, beneath: target) else { return nil }
            // A process may end at any moment, and then has no command line.
            let commandLine = (try? FileSystem.readBytes(process.appending("cmdline"), limit: 4 << 20)) ?? []
            return RunningProcess(identifier: identifier, command: words(commandLine), holds: held)
        }
    }
}

private func firstHeld(by process: FilePath, beneath target: FilePath) -> FilePath? {
    // Both fail for processes of other users, and for those that end meanwhile.
    if let directory = try? FileSystem.readLink(process.appending("cwd")), directory.starts(with: target) {
        return directory
    }
    let descriptors = process.appending("fd")
    guard let names = try? FileSystem.list(descriptors) else { return nil }
    for name in names {
        guard let file = try? FileSystem.readLink(descriptors.appending(name)), file.starts(with: target) else { continue }
        return file
    }
    return nil
}
