import CHost
import Glibc
import SystemPackage

/// What this process is and was started with; read once at the top and handed down.
public enum CurrentProcess {
    /// Returns the absolute path of the running program.
    public static func executable() throws(HostError) -> FilePath {
        try FileSystem.readLink("/proc/self/exe")
    }

    public static var identifier: Int32 { getpid() }

    /// The command line with the name of the program instead of its path.
    public static var commandLine: String {
        // Only shown to people.
        guard let bytes = try? FileSystem.readBytes("/proc/self/cmdline", limit: 4 << 20) else { return "" }
        return words(bytes)
    }

    /// The name of the user, or the number where there is no name.
    public static var userName: String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        guard getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return String(geteuid()) }
        return String(cString: name)
    }

    public static var userID: UInt32 { geteuid() }

    public static var groupID: UInt32 { getegid() }

    /// How many cores this process may use, at least 1.
    public static var cores: Int { Int(chost_cores()) }

    /// The numbers of the processors that this process may run on, ascending. Source: `proc_pid_status(5)`.
    public static var allowedProcessors: [Int] {
        // Where it cannot be read nothing is known, and nothing is to be limited.
        let status = (try? FileSystem.readText("/proc/self/status", limit: 64 << 10)) ?? ""
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") }) else {
            return []
        }
        return line.drop { $0 != "\t" }.dropFirst().split(separator: ",").flatMap { range -> [Int] in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, last < 1 << 16 else { return [] }
            return Array(first...last)
        }
    }

    /// Returns the working directory, absolute.
    public static func currentDirectory() throws(HostError) -> FilePath {
        guard let directory = getcwd(nil, 0) else {
            throw .failed(action: "find", path: ".", code: Errno(rawValue: errno))
        }
        defer { free(directory) }
        return FilePath(platformString: directory)
    }
}

/// The variables this process was started with.
public enum ProcessVariables {
    /// Returns the variables; of those named twice, the first.
    public static func current() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                let name = String(text[..<equals])
                if variables[name] == nil { variables[name] = String(text[text.index(after: equals)...]) }
            }
            next += 1
        }
        return variables
    }
}

/// Returns the words of a `/proc/<pid>/cmdline`, the first without its directory, joined by spaces.
func words(_ commandLine: [UInt8]) -> String {
    var words = commandLine.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    if let program = words.first { words[0] = String(program.split(separator: "/").last ?? "") }
    return words.joined(separator: " ")
}
