import HostSystem
import Model
import Persistence
import Testing

func sampleTrash(_ operation: String, _ environment: BranchEnvironment, removed: Timestamp = noon) -> TrashEntry {
    TrashEntry(
        operation: operation, branch: environment.branch, slug: environment.slug,
        moved: [TrashEntry.Moved(from: "/a", to: "/b")], removed: removed, expires: removed + .days(7),
        environment: environment, reason: "merged", bytes: 5)
}

@Suite("Journal and trash")
struct JournalTests {
    @Test("An operation is found until it is finished, with its last step and what was added")
    func lifecycle() throws {
        let state = try TemporaryState()
        let owner = try ProcessOwner.current()
        let operation = Operation(
            id: "1", kind: "create", subject: "b", payload: ["slug": "b"], started: noon, owner: owner)
        try state.store.begin(operation)
        try state.store.advance("1", to: "branch", isSynced: false)
        try state.store.advance("1", to: "workspace", adding: ["path": "/x"])

        let found = try unwrapped(try state.store.unfinished().first)
        #expect(found.lastStep == "workspace")
        #expect(found.payload == ["slug": "b", "path": "/x"])
        #expect(found.owner == owner)
        #expect(found.isOwnerAlive)

        try state.store.finish("1")
        try state.store.finish("1")
        #expect(try state.store.unfinished().isEmpty)
        #expect(throws: PersistenceError.noOperation("1")) { try state.store.advance("1", to: "pins") }
    }

    @Test("A process of another boot, another start or that is gone is not alive")
    func deadOwners() throws {
        let owner = try ProcessOwner.current()
        #expect(owner.isAlive)
        #expect(!ProcessOwner(process: owner.process, boot: "another", start: owner.start).isAlive)
        #expect(!ProcessOwner(process: owner.process, boot: owner.boot, start: owner.start + 1).isAlive)
        #expect(!ProcessOwner(process: 0x3FFF_FFFF, boot: owner.boot, start: 1).isAlive)
    }

    @Test("Only what a dead process left is taken over, and only once")
    func takesOver() throws {
        let state = try TemporaryState()
        let owner = try ProcessOwner.current()
        let dead = ProcessOwner(process: 0x3FFF_FFFF, boot: owner.boot, start: 1)
        try state.store.begin(Operation(id: "1", kind: "land", subject: "main", started: noon, owner: dead))
        #expect(try state.store.takeOver("1", by: owner))
        #expect(try !state.store.takeOver("1", by: ProcessOwner(process: 7, boot: owner.boot, start: 7)))
        #expect(try !state.store.takeOver("2", by: owner))
    }

    @Test("The newest entry of a branch is what undelete finds")
    func trash() throws {
        let state = try TemporaryState()
        let environment = try sampleEnvironment("b", state: .ready)
        let old = sampleTrash("1", environment)
        let new = sampleTrash("2", environment, removed: noon + .days(1))
        try state.store.insert(old)
        try state.store.insert(new)
        try state.store.insert(new)
        #expect(try state.store.trashEntry(for: environment.branch) == new)
        #expect(try state.store.trashEntry(operation: "1") == old)
        #expect(try state.store.trash() == [new, old])
        #expect(try state.store.expiredTrash(at: noon + .days(7)) == [old])
        try state.store.deleteTrashEntry("2")
        #expect(try state.store.trash() == [old])
    }

    @Test("Joined writes are all recorded or none")
    func together() throws {
        let state = try TemporaryState()
        let environment = try sampleEnvironment("b")
        #expect(throws: Stopped(wasRefused: true, count: 1)) {
            try state.store.inOneTransaction {
                try state.store.insert(environment)
                try state.store.begin(
                    Operation(id: "1", kind: "create", subject: "b", started: noon, owner: thisProcess))
                // A failure inside that was answered takes back its own part only.
                let again = Result { try state.store.insert(environment) }
                let count = try state.store.environments().count
                throw Stopped(wasRefused: (try? again.get()) == nil, count: count)
            }
        }
        #expect(try state.store.environments().isEmpty)
        #expect(try state.store.unfinished().isEmpty)
    }
}

private struct Stopped: Error, Equatable {
    let wasRefused: Bool
    let count: Int
}
