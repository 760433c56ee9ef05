import Model
import Persistence
import Testing

@Suite("Environments")
struct EnvironmentTests {
    @Test("What was inserted is found by branch, slug and workspace")
    func finds() throws {
        let state = try TemporaryState()
        let environment = try sampleEnvironment("feature/prices")
        try state.store.insert(environment)

        #expect(try state.store.environment(for: environment.branch) == environment)
        #expect(try state.store.environment(slug: environment.slug) == environment)
        #expect(try state.store.environment(workspace: "/project.envs/" + environment.slug) == environment)
        #expect(try state.store.environment(slug: "other") == nil)
        #expect(try state.store.environments() == [environment])
    }

    @Test("A state changes only as the diagram allows", arguments: EnvironmentState.allCases, EnvironmentState.allCases)
    func legality(from: EnvironmentState, to: EnvironmentState) throws {
        let state = try TemporaryState()
        let environment = try sampleEnvironment("b", state: from)
        try state.store.insert(environment)
        if from == to || from.mayBecome(to) {
            try state.store.update(environment.branch) { $0.state = to }
            #expect(try state.store.environment(for: environment.branch)?.state == to)
        } else {
            #expect(throws: PersistenceError.illegalMove(environment.branch, from: from, to: to)) {
                try state.store.update(environment.branch) {
                    $0.state = to
                    $0.pins = []
                }
            }
            #expect(try state.store.environment(for: environment.branch) == environment)
        }
    }

    @Test("Everything about an environment can be changed and is kept")
    func updates() throws {
        let state = try TemporaryState()
        let environment = try sampleEnvironment("b", state: .ready)
        try state.store.insert(environment)
        let updated = try state.store.update(environment.branch) { environment in
            environment.pins = [samplePin("airports", id: "airports/2")]
            environment.ports = ["web": 23_005, "db": 23_001]
            environment.workspace = nil
            environment.state = .parked
            environment.keptUntil = noon
        }
        #expect(try state.store.environment(for: environment.branch) == updated)
        #expect(updated.pins.map(\.source) == ["airports"])
    }

    @Test("Two environments never share a directory, a workspace or a port")
    func unique() throws {
        let state = try TemporaryState()
        let first = try sampleEnvironment("one")
        try state.store.insert(first)
        #expect(throws: PersistenceError.environmentExists(first.branch)) { try state.store.insert(first) }
        var second = try sampleEnvironment("two")
        second.ports = [:]
        second.slug = "one"
        #expect(throws: PersistenceError.slugInUse("one", by: first.branch)) { try state.store.insert(second) }
        second.slug = "two"
        second.workspace = first.workspace
        #expect(throws: PersistenceError.self) { try state.store.insert(second) }
        second.workspace = nil
        second.ports = ["db": 23_000]
        #expect(throws: PersistenceError.self) { try state.store.insert(second) }
        #expect(try state.store.environments() == [first])
        second.ports = [:]
        try state.store.insert(second)
    }

    @Test("A rename keeps pins and ports")
    func renames() throws {
        let state = try TemporaryState()
        var environment = try sampleEnvironment("old", state: .ready)
        try state.store.insert(environment)
        try state.store.rename(environment.branch, to: try branch("new"))
        environment.branch = try branch("new")
        #expect(try state.store.environments() == [environment])
        #expect(throws: PersistenceError.noEnvironment(try branch("old"))) {
            try state.store.rename(try branch("old"), to: try branch("newer"))
        }
    }

    @Test("Only what is half made or going away is forgotten")
    func deletes() throws {
        let state = try TemporaryState()
        try state.store.insert(try sampleEnvironment("b", state: .ready))
        #expect(throws: PersistenceError.self) { try state.store.delete(try branch("b")) }
        try state.store.update(try branch("b")) { $0.state = .removing }
        try state.store.delete(try branch("b"))
        try state.store.delete(try branch("b"))
        #expect(try state.store.environments().isEmpty)
    }

    @Test(
        "Hostile branch names come back as they are",
        arguments: ["`id`;'--", "Main", "ümlaut\u{202E}x", "a\"b|c", "%2e"])
    func hostileNames(_ name: String) throws {
        let state = try TemporaryState()
        let environment = try sampleEnvironment(name)
        try state.store.insert(environment)
        #expect(try state.store.environment(for: environment.branch) == environment)
    }

    @Test("A port is kept for the environment's life and never given twice")
    func ports() throws {
        let state = try TemporaryState()
        var one = try sampleEnvironment("one")
        one.ports = [:]
        var two = try sampleEnvironment("two")
        two.ports = [:]
        try state.store.insert(one)
        try state.store.insert(two)
        let range = 30_000...30_002
        #expect(try state.store.port("db", of: one.branch, in: range) { $0 != 30_000 } == 30_001)
        #expect(try state.store.port("db", of: one.branch, in: range) { _ in true } == 30_001)
        #expect(try state.store.port("db", of: two.branch, in: range) { _ in true } == 30_000)
        #expect(try state.store.port("web", of: two.branch, in: range) { _ in true } == 30_002)
        #expect(throws: PersistenceError.noFreePort(name: "x", range: range)) {
            try state.store.port("x", of: one.branch, in: range) { _ in true }
        }
        #expect(try state.store.environment(for: two.branch)?.ports == ["db": 30_000, "web": 30_002])
    }

    @Test("Pins held by an environment or by the trash are in use")
    func pinsInUse() throws {
        let state = try TemporaryState()
        try state.store.insert(try sampleEnvironment("b"))
        var removed = try sampleEnvironment("c", state: .ready)
        removed.pins = [samplePin("old", id: "old/9")]
        try state.store.insert(sampleTrash("op", removed))
        #expect(try state.store.pinsInUse() == ["flights/1", "weather/7", "old/9"])
    }

    @Test("Two hundred environments are read quickly")
    func manyAreQuick() throws {
        let state = try TemporaryState()
        try state.store.inOneTransaction {
            for number in 0..<200 {
                var environment = try sampleEnvironment("branch-\(number)")
                environment.ports = ["db": 20_000 + number]
                try state.store.insert(environment)
            }
        }
        let time = try milliseconds { _ = try state.store.environments() }
        print("200 environments with 400 pins: \(time) ms")
        #expect(try state.store.environments().count == 200)
        #expect(time < 200)
    }
}
