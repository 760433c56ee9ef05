import GRDB
import SystemPackage

/// The tables of `state.sqlite`, version by version.
///
/// The version stands in the file's header, so that an up-to-date file costs one read. A migration that was shipped is
/// never edited; another is added.
enum StateSchema {
    /// `HGst` in ASCII; tells the file from other databases. Source: <https://sqlite.org/pragma.html>, application_id.
    static let application = 0x4847_7374

    static var version: Int { migrations.count }

    static func prepare(_ queue: DatabaseQueue, at path: FilePath) throws {
        let found = try describingErrors(at: path) {
            try queue.unsafeReentrantWrite { database in
                // One moment: between two reads another process may make the tables.
                var found = 0
                try database.inTransaction(.deferred) {
                    found = try check(database, at: path)
                    return .commit
                }
                return found
            }
        }
        guard found < version else { return }
        try describingErrors(at: path) {
            try queue.unsafeReentrantWrite { database in
                _ = try String.fetchOne(database, sql: "PRAGMA journal_mode=WAL")
                try database.inTransaction(.immediate) {
                    // Another process may have migrated while this one waited for the lock.
                    for next in try check(database, at: path)..<version {
                        try database.execute(sql: migrations[next])
                        try database.execute(
                            sql: "PRAGMA user_version=\(next + 1); PRAGMA application_id=\(application)")
                    }
                    return .commit
                }
            }
        }
    }

    /// Returns the version of the file, 0 for an empty one.
    private static func check(_ database: Database, at path: FilePath) throws -> Int {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if found > version {
            throw PersistenceError.newerVersion(path, found: found, known: version)
        }
        if found == 0 {
            let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            if tables > 0 { throw PersistenceError.foreign(path) }
        } else if try Int.fetchOne(database, sql: "PRAGMA application_id") != application {
            throw PersistenceError.foreign(path)
        }
        return found
    }

    static let migrations = [
        """
        CREATE TABLE environment (
          branch TEXT PRIMARY KEY,
          slug TEXT NOT NULL UNIQUE,
          state TEXT NOT NULL,
          kind TEXT NOT NULL,
          workspace TEXT UNIQUE,
          created INTEGER NOT NULL,
          used INTEGER NOT NULL,
          kept_until INTEGER,
          created_at TEXT
        );
        CREATE TABLE pin (
          branch TEXT NOT NULL REFERENCES environment ON DELETE CASCADE ON UPDATE CASCADE,
          source TEXT NOT NULL,
          kind TEXT NOT NULL,
          id TEXT NOT NULL,
          fingerprint TEXT NOT NULL,
          location TEXT NOT NULL,
          single_file INTEGER NOT NULL,
          files INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          pinned INTEGER NOT NULL,
          PRIMARY KEY (branch, source)
        ) WITHOUT ROWID;
        CREATE TABLE port (
          branch TEXT NOT NULL REFERENCES environment ON DELETE CASCADE ON UPDATE CASCADE,
          name TEXT NOT NULL,
          number INTEGER NOT NULL UNIQUE,
          PRIMARY KEY (branch, name)
        );
        CREATE TABLE operation (
          id TEXT PRIMARY KEY,
          kind TEXT NOT NULL,
          subject TEXT NOT NULL,
          payload TEXT NOT NULL,
          started INTEGER NOT NULL,
          last_step TEXT,
          process INTEGER NOT NULL,
          boot TEXT NOT NULL,
          process_start INTEGER NOT NULL
        );
        CREATE TABLE trash (
          operation TEXT PRIMARY KEY,
          branch TEXT NOT NULL,
          removed INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          record TEXT NOT NULL
        );
        CREATE INDEX trash_by_branch ON trash (branch, removed);
        CREATE TABLE run (
          id TEXT PRIMARY KEY,
          branch TEXT NOT NULL,
          commit_id TEXT,
          started INTEGER NOT NULL,
          finished INTEGER,
          outcome TEXT NOT NULL,
          isolation TEXT NOT NULL,
          taints TEXT NOT NULL,
          fingerprint TEXT,
          process INTEGER NOT NULL,
          boot TEXT NOT NULL,
          process_start INTEGER NOT NULL
        );
        CREATE INDEX run_by_branch ON run (branch, started);
        CREATE INDEX run_by_start ON run (started);
        CREATE INDEX run_under_way ON run (outcome) WHERE outcome = 'running';
        CREATE TABLE step_result (
          run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
          position INTEGER NOT NULL,
          id TEXT NOT NULL,
          state TEXT NOT NULL,
          seconds REAL NOT NULL,
          key TEXT,
          exit INTEGER,
          log TEXT,
          message TEXT,
          outputs TEXT,
          saved_seconds REAL,
          attempts INTEGER NOT NULL,
          PRIMARY KEY (run, position)
        ) WITHOUT ROWID;
        CREATE TABLE run_test (
          run TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
          position INTEGER NOT NULL,
          record TEXT NOT NULL,
          PRIMARY KEY (run, position)
        ) WITHOUT ROWID;
        CREATE TABLE step_memory (
          workspace TEXT NOT NULL,
          step TEXT NOT NULL,
          key TEXT NOT NULL,
          outputs TEXT,
          seconds REAL NOT NULL,
          finished INTEGER NOT NULL,
          PRIMARY KEY (workspace, step)
        ) WITHOUT ROWID;
        CREATE TABLE key_parts (
          workspace TEXT NOT NULL,
          step TEXT NOT NULL,
          parts TEXT NOT NULL,
          PRIMARY KEY (workspace, step)
        );
        CREATE TABLE cached_result (
          key TEXT PRIMARY KEY,
          outputs TEXT NOT NULL,
          bytes INTEGER NOT NULL,
          seconds REAL NOT NULL,
          made INTEGER NOT NULL,
          run TEXT NOT NULL,
          isolation TEXT NOT NULL,
          is_hermetic INTEGER NOT NULL,
          is_traced INTEGER NOT NULL,
          used INTEGER NOT NULL
        );
        CREATE INDEX cached_result_by_use ON cached_result (used);
        CREATE TABLE cached_content (
          hash TEXT NOT NULL,
          key TEXT NOT NULL REFERENCES cached_result ON DELETE CASCADE,
          PRIMARY KEY (hash, key)
        ) WITHOUT ROWID;
        CREATE INDEX cached_content_by_key ON cached_content (key);
        CREATE TABLE test_result (
          key TEXT PRIMARY KEY,
          recorded INTEGER NOT NULL,
          record TEXT NOT NULL
        );
        CREATE TABLE verdict (
          number INTEGER PRIMARY KEY,
          key TEXT NOT NULL,
          target TEXT NOT NULL,
          record TEXT NOT NULL
        );
        CREATE INDEX verdict_by_key ON verdict (key);
        CREATE INDEX verdict_by_target ON verdict (target);
        CREATE TABLE landing (
          number INTEGER PRIMARY KEY,
          branch TEXT NOT NULL,
          commit_id TEXT NOT NULL,
          record TEXT NOT NULL
        );
        CREATE INDEX landing_by_branch ON landing (branch);
        CREATE INDEX landing_by_commit ON landing (commit_id);
        CREATE TABLE permit (
          reference TEXT NOT NULL,
          old TEXT NOT NULL,
          new TEXT NOT NULL,
          granted INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          used INTEGER,
          PRIMARY KEY (reference, old, new)
        );
        CREATE TABLE acknowledgement (
          branch TEXT NOT NULL,
          id TEXT NOT NULL,
          reason TEXT NOT NULL,
          who TEXT NOT NULL,
          given INTEGER NOT NULL,
          PRIMARY KEY (branch, id)
        );
        CREATE TABLE setting (
          name TEXT PRIMARY KEY,
          value TEXT NOT NULL
        ) WITHOUT ROWID;
        """,
        """
        CREATE TABLE clone (
          name TEXT PRIMARY KEY,
          record TEXT NOT NULL
        ) WITHOUT ROWID;
        """,
        """
        ALTER TABLE cached_result ADD COLUMN is_alone INTEGER NOT NULL DEFAULT 0;
        """,
        """
        ALTER TABLE step_memory ADD COLUMN copies TEXT;
        """,
        """
        ALTER TABLE pin ADD COLUMN origin TEXT;
        """,
    ]
}
