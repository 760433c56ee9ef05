import Glibc
import SystemPackage

/// How much memory processes take, as `/proc` shows it.
///
/// A control group would say so at once and count more exactly, but few users may make one. Sources:
/// `proc_pid_statm(5)`, `proc_pid_smaps(5)`.
struct MemoryUse {
    /// Returns the bytes that a process and its descendants keep in memory, if that is more than `limit`.
    ///
    /// Pages that several share, as after a fork, are counted once.
    ///
    /// - Parameter session: whether the members of the session that `process` leads count as well.
    static func exceeding(_ limit: Int64, of process: Int32, session: Bool) -> Int64? {
        let table = ProcessTable()
        var processes = Set([process] + table.descendants(of: process))
        if session { processes.formUnion(table.members(ofSession: process)) }
        // Counts shared pages for each, and is quick.
        guard processes.reduce(0, { $0 + resident($1) }) > limit else { return nil }
        let exact = processes.reduce(0) { $0 + (proportional($1) ?? resident($1)) }
        return exact > limit ? exact : nil
    }

    private static func resident(_ process: Int32) -> Int64 {
        // What has ended takes nothing.
        guard let text = try? FileSystem.readText(FilePath("/proc/\(process)/statm"), limit: 256) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int64(fields[1]) ?? 0) * Int64(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    private static func proportional(_ process: Int32) -> Int64? {
        guard let text = try? FileSystem.readText(FilePath("/proc/\(process)/smaps_rollup"), limit: 8192) else {
            return nil
        }
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }.map { $0 * 1024 }
        }
        return nil
    }
}
