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
        var holders = HolderSearch(target)
        return names.compactMap { name in
            guard let identifier = Int32(name.string), identifier != getpid(),
                let held = holders.firstHeld(by: "/proc/" + name.string)
            else { return nil }
            // A process may end at any moment, and then has no command line.
            let commandLine = try? FileSystem.readBytes(FilePath("/proc/\(name.string)/cmdline"), limit: 4 << 20)
            return RunningProcess(identifier: identifier, command: words(commandLine ?? []), holds: held)
        }
    }
}

/// Looks through the open files of processes. There are many thousands on a machine, so links are compared as bytes.
private struct HolderSearch {
    private let target: [CChar]
    private var link = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)

    init(_ target: FilePath) {
        self.target = target.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
    }

    /// Returns the first path beneath the target that a process holds; `nil` also for one that may not be looked at.
    mutating func firstHeld(by process: String) -> FilePath? {
        if let directory = leadsBeneath(AT_FDCWD, process + "/cwd") { return directory }
        let path = FilePath(process + "/fd")
        guard let descriptors = try? OpenFile(path, O_RDONLY | O_DIRECTORY) else { return nil }
        var held: FilePath?
        try? readNames(of: descriptors.descriptor, at: path) { name in
            if held == nil { held = leadsBeneath(descriptors.descriptor, name) }
        }
        return held
    }

    private mutating func leadsBeneath(_ directory: Int32, _ name: UnsafePointer<CChar>) -> FilePath? {
        let length = readlinkat(directory, name, &link, link.count - 1)
        guard length >= target.count, memcmp(link, target, target.count) == 0 else { return nil }
        link[length] = 0
        let slash = CChar(bitPattern: UInt8(ascii: "/"))
        let isWithin = length == target.count || link[target.count] == slash || target == [slash]
        return isWithin ? FilePath(platformString: link) : nil
    }
}
