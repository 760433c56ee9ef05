import HostSystem
import Model
import Persistence
import SystemPackage
import TestSupport
import Testing

@Suite("Copies of SQLite databases")
struct SQLiteBackupTests {
    @Test("What stands only in the write-ahead log is copied too, into one file")
    func copiesLog() throws {
        let state = try TemporaryState()
        try state.store.set("x", to: "1")
        let copy = state.directory.path("copy/state.sqlite")
        try FileSystem.makeDirectories(copy.removingLastComponent())
        try SQLiteBackup.copy(state.path, to: copy)
        #expect(try FileSystem.list(copy.removingLastComponent()).map(\.string) == ["state.sqlite"])
        #expect(try StateStore(opening: copy).setting("x") == "1")
    }

    @Test("A file that is no database is refused")
    func refusesOthers() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.db", String(repeating: "text ", count: 1000))
        #expect(throws: PersistenceError.self) { try SQLiteBackup.copy(path, to: directory.path("b.db")) }
    }
}
