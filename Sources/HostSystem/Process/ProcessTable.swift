import Glibc

/// All processes at one moment, as `/proc` shows them. Source: `proc_pid_stat(5)`.
///
/// Fifty commands that are ended at once each look at all processes of the machine, so nothing is made that is not kept.
struct ProcessTable {
    private struct Entry {
        let process: Int32
        let parent: Int32
        let session: Int32
    }

    private var entries: [Entry] = []

    init() {
        // A machine without /proc has nothing to show; the process group is still signalled.
        guard let processes = try? OpenFile("/proc", O_RDONLY | O_DIRECTORY) else { return }
        var found: [Entry] = []
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { buffer in
            try? readNames(of: processes.descriptor, at: "/proc") { name in
                let process = Int32(atol(name))
                if process > 0, let entry = Self.entry(of: process, in: processes.descriptor, buffer) {
                    found.append(entry)
                }
            }
        }
        entries = found
    }

    /// `nil` for a process that has ended.
    private static func entry(
        of process: Int32, in directory: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Entry? {
        let descriptor = openat(directory, "\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        // The name of the program is in parentheses and may itself hold some; only numbers follow it.
        guard count > 0, var place = buffer[..<count].lastIndex(of: UInt8(ascii: ")")).map({ $0 + 2 }), place < count,
            buffer[place] != UInt8(ascii: "Z")
        else { return nil }
        place += 2
        func number() -> Int32 {
            var value: Int32 = 0
            while place < count, buffer[place] != UInt8(ascii: " ") {
                // The group of a kernel's process may be -1.
                if buffer[place] != UInt8(ascii: "-") {
                    value = value &* 10 &+ Int32(buffer[place] &- UInt8(ascii: "0"))
                }
                place += 1
            }
            place += 1
            return value
        }
        let parent = number()
        _ = number()
        return Entry(process: process, parent: parent, session: number())
    }

    func members(ofSession session: Int32) -> [Int32] {
        entries.filter { $0.session == session }.map(\.process)
    }

    /// The children of a process, their children, and so on.
    func descendants(of process: Int32) -> [Int32] {
        let children = Dictionary(grouping: entries, by: \.parent)
        var found: [Int32] = []
        var next = [process]
        while let parent = next.popLast() {
            let processes = children[parent, default: []].map(\.process)
            found += processes
            next += processes
        }
        return found
    }
}
