import GRDB
import HostSystem
import Model
import Synchronization
import SystemPackage

/// Remembers the content hashes of files that have not changed since, in `hashes.sqlite`.
///
/// It only ever saves time: a missing, damaged, locked or unwritable file is the same as an empty one, and no function
/// throws. Any number of processes may read and write it at once, and it may be deleted at any time.
public final class HashCache: Sendable {
    /// A file whose content was read, and when the reading began.
    public struct Entry: Hashable, Sendable {
        public var identity: FileIdentity
        public var hash: ContentHash
        /// By the machine's wall clock, which is also what the kernel stamps files with.
        public var readingBegan: Timestamp

        public init(identity: FileIdentity, hash: ContentHash, readingBegan: Timestamp) {
            self.identity = identity
            self.hash = hash
            self.readingBegan = readingBegan
        }
    }

    private enum File {
        case unopened
        case opened(DatabaseQueue?)
    }

    private let path: FilePath
    private let file = Mutex(File.unopened)

    /// The cache at `path`, which is opened when it is first asked; made where it is missing, anew where it is damaged.
    public init(at path: FilePath) {
        self.path = path
    }

    private var queue: DatabaseQueue? {
        file.withLock { file in
            if case .opened(let queue) = file { return queue }
            let queue = HashCacheFile.open(path)
            file = .opened(queue)
            return queue
        }
    }

    /// Returns the hashes that are known of `files`, in their order; `nil` where none is.
    ///
    /// - Parameter volume: identifies the file system, see `Volume.identifier`.
    public func hashes(of files: [FileIdentity], on volume: String) -> [ContentHash?] {
        guard !files.isEmpty, let queue else { return files.map { _ in nil } }
        let known = try? queue.read {
            try HashCacheFile.lookUp(files, volume: HashCacheFile.number(of: volume), in: $0)
        }
        return known ?? files.map { _ in nil }  // An unreadable cache knows nothing.
    }

    /// Remembers hashes; racily clean ones are left out.
    public func insert(_ entries: [Entry], on volume: String) {
        let settled = entries.filter { !Self.isRacy($0.identity, readingBegan: $0.readingBegan) }
        guard !settled.isEmpty, let queue else { return }
        // What cannot be remembered is hashed again the next time.
        try? queue.write { try HashCacheFile.insert(settled, volume: HashCacheFile.number(of: volume), in: $0) }
    }

    /// Whether the file changed so shortly before it was read that a later change could bear the same time.
    ///
    /// Source: git `Documentation/technical/racy-git.txt`. The kernel stamps files with a clock that moves every 1 to
    /// 10 ms; file systems that know no fractions of a second are given two seconds.
    public static func isRacy(_ identity: FileIdentity, readingBegan: Timestamp) -> Bool {
        let isWholeSeconds = identity.changed.nanoseconds % 1_000_000_000 == 0
        let slack: Int64 = isWholeSeconds ? 2_000_000_000 : 20_000_000
        return identity.changed.nanoseconds > readingBegan.nanoseconds - slack
    }
}
