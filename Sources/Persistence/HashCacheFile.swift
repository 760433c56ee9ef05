import GRDB
import HostSystem
import Model
import SystemPackage

/// The file behind `HashCache`.
enum HashCacheFile {
    /// Raised with every change of the table: the file is then made anew.
    private static let version = 1

    /// How long a reader or writer waits for another process before it does without.
    private static let patience = TimeSpan(seconds: 0.25)

    /// Opens the file, or returns `nil` where there can be none.
    static func open(_ path: FilePath) -> DatabaseQueue? {
        // Without a cache every file is hashed, which is slow and right.
        guard let volume = try? Volume(of: path), !volume.isNetwork else { return nil }
        do {
            return try prepared(path)
        } catch PersistenceError.damaged {
            // Others may have it open still; they keep the file they have, which no name leads to any more.
            for name in [path.string, path.string + "-wal", path.string + "-shm"] {
                try? FileSystem.remove(FilePath(name))  // What stays is found damaged again, and done without.
            }
            return try? prepared(path)
        } catch {
            return nil
        }
    }

    private static func prepared(_ path: FilePath) throws -> DatabaseQueue {
        if try FileSystem.status(path) == nil {
            try FileSystem.makeDirectories(path.removingLastComponent())
            try createPrivateFile(path)
        }
        let queue = try openDatabase(at: path, busyTimeout: patience, synchronous: "NORMAL")
        try describingErrors(at: path) {
            try queue.unsafeReentrantWrite { database in
                if try Int.fetchOne(database, sql: "PRAGMA user_version") == version { return }
                _ = try String.fetchOne(database, sql: "PRAGMA journal_mode=WAL")
                try database.inTransaction(.immediate) {
                    // Another process may have made it while this one waited for the lock.
                    if try Int.fetchOne(database, sql: "PRAGMA user_version") == version { return .commit }
                    try database.execute(
                        sql: """
                            DROP TABLE IF EXISTS file;
                            CREATE TABLE file (
                              volume INTEGER NOT NULL,
                              inode INTEGER NOT NULL,
                              size INTEGER NOT NULL,
                              modified INTEGER NOT NULL,
                              changed INTEGER NOT NULL,
                              hash TEXT NOT NULL,
                              PRIMARY KEY (volume, inode)
                            ) WITHOUT ROWID;
                            PRAGMA user_version=\(version);
                            """)
                    return .commit
                }
            }
        }
        return queue
    }

    /// A number for the volume: 63 bits of the hash of its identifier.
    static func number(of volume: String) -> Int64 {
        Int64(ContentHash(of: volume).prefix(15), radix: 16) ?? 0  // Fifteen hexadecimal digits always fit.
    }

    static func lookUp(_ files: [FileIdentity], volume: Int64, in database: Database) throws -> [ContentHash?] {
        var result = [ContentHash?](repeating: nil, count: files.count)
        // In the order of the table, neighbours share pages.
        let order = files.indices.sorted { signed(files[$0].inode) < signed(files[$1].inode) }
        for piece in order.pieces(of: 500) {
            let inodes = piece.map { String(signed(files[$0].inode)) }.joined(separator: ",")
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT inode, size, modified, changed, hash FROM file WHERE volume = ? AND inode IN (\(inodes))
                    ORDER BY inode
                    """, arguments: [volume])
            // Both are in the order of the inodes, one of which may be asked for more than once.
            var next = piece.startIndex
            while let row = try rows.next() {
                let inode: Int64 = row[0]
                while next < piece.endIndex, signed(files[piece[next]].inode) < inode { next += 1 }
                let identity = FileIdentity(
                    inode: UInt64(bitPattern: inode), size: row[1], modified: Timestamp(nanoseconds: row[2]),
                    changed: Timestamp(nanoseconds: row[3]))
                while next < piece.endIndex, signed(files[piece[next]].inode) == inode {
                    if files[piece[next]] == identity { result[piece[next]] = ContentHash(hex: row[4]) }
                    next += 1
                }
            }
        }
        return result
    }

    static func insert(_ entries: [HashCache.Entry], volume: Int64, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO file (volume, inode, size, modified, changed, hash) VALUES (?, ?, ?, ?, ?, ?)")
        for entry in entries.sorted(by: { $0.identity.inode < $1.identity.inode }) {
            try statement.executeUnchecked([
                volume, signed(entry.identity.inode), entry.identity.size,
                entry.identity.modified.nanoseconds, entry.identity.changed.nanoseconds, entry.hash.hex,
            ])
        }
    }
}

/// SQLite's integers have a sign.
private func signed(_ inode: UInt64) -> Int64 { Int64(bitPattern: inode) }
