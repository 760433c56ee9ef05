import Glibc
import SystemPackage

extension RunningProcess {
    /// Ends the process at once; one that has ended, or is another user's, is left alone.
    public func kill() {
        _ = Glibc.kill(identifier, SIGKILL)
    }

    /// Returns the processes, this one apart, that were started with `variable` set to `value`, directly or through a
    /// child.
    ///
    /// Only processes whose variables may be read are found: one's own, or all for root. Source: `proc(5)`,
    /// /proc/<pid>/environ.
    public static func withVariable(_ variable: String, _ value: String) -> [RunningProcess] {
        let wanted = Array("\(variable)=\(value)".utf8)
        // Without /proc nothing can be found; the caller then goes on as if nothing ran.
        guard let names = try? FileSystem.list("/proc") else { return [] }
        return names.compactMap { name -> RunningProcess? in
            guard let identifier = Int32(name.string), identifier != CurrentProcess.identifier else { return nil }
            let folder = FilePath("/proc").appending(name)
            // A process may end between the two reads; it is none of ours then.
            guard let variables = try? FileSystem.readBytes(folder.appending("environ"), limit: 8 << 20),
                variables.split(separator: 0).contains(where: { $0.elementsEqual(wanted) }),
                let line = try? FileSystem.readBytes(folder.appending("cmdline"), limit: 4 << 20)
            else { return nil }
            return RunningProcess(identifier: identifier, command: words(line), holds: folder)
        }
    }
}
