import CHost
import Dispatch
import Glibc
import Model
import Synchronization
import SystemPackage

/// One entry of a tree.
public struct TreeEntry: Sendable, Hashable {
    /// The path relative to the root of the walk, byte by byte as the file system has it.
    public let path: FilePath
    public let status: FileStatus

    public init(path: FilePath, status: FileStatus) {
        self.path = path
        self.status = status
    }
}

/// Lists trees.
public enum TreeWalk {
    /// Returns everything beneath `root`, which is not itself listed, in the order of the bytes of the paths.
    ///
    /// Links are listed, not followed, though `root` itself may be one; other file systems mounted inside are entered.
    /// What vanishes during the walk is left out.
    ///
    /// - Parameter width: how many threads look at once.
    public static func list(_ root: FilePath, width: Int = 1) throws(HostError) -> [TreeEntry] {
        let directory = try OpenFile(root, O_RDONLY | O_DIRECTORY, action: "list")
        let queue = DirectoryQueue()
        let descriptor = directory.descriptor
        let lists = Mutex<[EntryList]>([])
        if width <= 1 {
            var list = EntryList(root: root, descriptor: descriptor)
            list.walk(queue)
            lists.withLock { $0.append(list) }
        } else {
            DispatchQueue.concurrentPerform(iterations: width) { _ in
                var list = EntryList(root: root, descriptor: descriptor)
                list.walk(queue)
                lists.withLock { $0.append(list) }
            }
        }
        _ = consume directory
        if let failure = queue.failure { throw failure }
        return EntryList.merged(lists.withLock { $0 })
    }
}

/// The directories that are still to be looked at, shared by the threads of a walk.
private final class DirectoryQueue: Sendable {
    private struct State {
        var waiting: [[UInt8]] = [[]]
        /// How many threads look at a directory, and may yet find more.
        var busy = 0
        /// How many threads wait for one.
        var idle = 0
        var failure: HostError?

        var isOver: Bool { failure != nil || waiting.isEmpty && busy == 0 }

        /// Lets up to `count` idle threads look again.
        mutating func wake(_ count: Int, by signal: DispatchSemaphore) {
            for _ in 0..<min(count, idle) { signal.signal() }
            idle -= min(count, idle)
        }
    }

    private let state = Mutex(State())
    private let more = DispatchSemaphore(value: 0)

    var failure: HostError? { state.withLock { $0.failure } }

    /// Returns the next directory; `nil` when the walk is over. Every directory is ended by `finish`.
    func next() -> [UInt8]? {
        while true {
            let (found, isOver) = state.withLock { state -> ([UInt8]?, Bool) in
                if state.isOver { return (nil, true) }
                guard let directory = state.waiting.popLast() else {
                    state.idle += 1
                    return (nil, false)
                }
                state.busy += 1
                return (directory, false)
            }
            if found != nil || isOver { return found }
            more.wait()
        }
    }

    func finish(found directories: [[UInt8]], failure: HostError?) {
        state.withLock { state in
            state.waiting += directories
            state.busy -= 1
            if state.failure == nil { state.failure = failure }
            state.wake(state.isOver ? state.idle : directories.count, by: more)
        }
    }
}

/// What one thread of a walk found. The paths lie end to end in one buffer, which makes sorting cheap.
private struct EntryList: Sendable {
    private struct Found {
        let start: Int
        let length: Int
        let status: FileStatus
    }

    private let root: FilePath
    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var entries: [Found] = []

    init(root: FilePath, descriptor: Int32) {
        self.root = root
        self.descriptor = descriptor
    }

    mutating func walk(_ queue: DirectoryQueue) {
        while let directory = queue.next() {
            var directories: [[UInt8]] = []
            do throws(HostError) {
                try look(into: directory, &directories)
                queue.finish(found: directories, failure: nil)
            } catch {
                queue.finish(found: [], failure: error)
            }
        }
    }

    private mutating func look(into directory: [UInt8], _ directories: inout [[UInt8]]) throws(HostError) {
        let place = directory.isEmpty ? root : root.pushing(path(directory[...]))
        let name = directory.isEmpty ? [CChar(bitPattern: UInt8(ascii: "."))] : directory.map(CChar.init(bitPattern:))
        let opened = chost_open_beneath(descriptor, name + [0], UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW), 0)
        guard opened >= 0 else {
            let code = Errno(rawValue: errno)
            if isGone(code), !directory.isEmpty { return }
            throw .failed(action: "list", path: place, code: code)
        }
        let open = OpenFile(owning: opened)
        var failure: (Errno, String)?
        do throws(HostError) {
            try readNames(of: open.descriptor, at: place) { name in
                switch FileStatus.look(open.descriptor, name) {
                case .success(let status?):
                    let child = add(name, to: directory, status)
                    if status.kind == .directory { directories.append(child) }
                case .success(nil): break
                case .failure(let code): failure = (code, String(cString: name))
                }
            }
        } catch {
            // A directory that was removed after it was opened cannot be read on some file systems.
            guard case .failed(_, _, let code) = error, isGone(code), !directory.isEmpty else { throw error }
            return
        }
        if let (code, name) = failure { throw .failed(action: "look at", path: place.appending(name), code: code) }
    }

    /// Adds an entry; returns its path when it is a directory.
    private mutating func add(_ name: UnsafePointer<CChar>, to directory: [UInt8], _ status: FileStatus) -> [UInt8] {
        let start = bytes.count
        if !directory.isEmpty {
            bytes += directory
            bytes.append(UInt8(ascii: "/"))
        }
        name.withMemoryRebound(to: UInt8.self, capacity: 1) { name in
            bytes.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name)))
        }
        entries.append(Found(start: start, length: bytes.count - start, status: status))
        return status.kind == .directory ? Array(bytes[start...]) : []
    }

    private func isGone(_ code: Errno) -> Bool {
        // Removed, or replaced by a file or link, since its parent was listed.
        code == .noSuchFileOrDirectory || code == .notDirectory || code == .tooManySymbolicLinkLevels
    }

    static func merged(_ lists: [EntryList]) -> [TreeEntry] {
        guard var all = lists.first else { return [] }
        for list in lists.dropFirst() {
            let offset = all.bytes.count
            all.bytes += list.bytes
            all.entries += list.entries.map { Found(start: $0.start + offset, length: $0.length, status: $0.status) }
        }
        return all.bytes.withUnsafeBufferPointer { bytes in
            var order = Array(all.entries.indices)
            order.sort { precedes(all.entries[$0], all.entries[$1], bytes) }
            return order.map { index in
                let entry = all.entries[index]
                return TreeEntry(path: path(bytes[entry.start..<entry.start + entry.length]), status: entry.status)
            }
        }
    }

    private static func precedes(_ one: Found, _ other: Found, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        let order = memcmp(base + one.start, base + other.start, min(one.length, other.length))
        return order == 0 ? one.length < other.length : order < 0
    }
}

/// Makes a path of its bytes, which the kernel gave and hold no zero.
private func path(_ bytes: some Collection<UInt8>) -> FilePath {
    FilePath(platformString: bytes.map(CChar.init(bitPattern:)) + [0])
}
