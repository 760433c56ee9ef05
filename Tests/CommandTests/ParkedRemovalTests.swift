import HostSystem
import SystemPackage
import TestSupport
import Testing

/// An environment without a workspace goes to the trash with its own copies of data, and comes back with them.
@Suite("Removing parked environments")
struct ParkedRemovalTests {
    private static let configuration = """
        version: 1
        project: small
        environments: [{match: main, protected: true}, {match: "*", from: main}]
        sources: {raw: {path: data, writable: true}}

        """

    /// A project whose environment `work` is parked, with a change to its own data.
    private func parked() async throws -> Playground {
        let playground = try await Playground(Self.configuration)
        try await playground.git("switch", "--quiet", "-c", "work")
        try await playground.done("exec", "--", "sh", "-c", "echo mine > data/mine.csv")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("status")
        return playground
    }

    private func own(_ playground: Playground) -> FilePath {
        playground.workspace(".store").pushing("own/work/data/mine.csv")
    }

    private func states(_ playground: Playground) async throws -> [String: String] {
        let listed = try await JSON(playground.done("env", "list", "--json"))["environments"].items
        return Dictionary(
            listed.map { ($0["branch"].text ?? "", $0["state"].text ?? "") }, uniquingKeysWith: { $1 })
    }

    @Test("Undelete brings the row and the data of its own back")
    func undelete() async throws {
        let playground = try await parked()
        try await playground.done("env", "remove", "work", "--discard-data")
        #expect(!FileSystem.exists(own(playground)))
        #expect(try await states(playground)["work"] == nil)
        try await playground.done("env", "undelete", "work")
        #expect(try await states(playground)["work"] == "parked")
        #expect(try FileSystem.readText(own(playground)) == "mine\n")
        try await playground.git("switch", "--quiet", "work")
        #expect(try await playground.done("exec", "--", "cat", "data/mine.csv") == "mine\n")
    }

    @Test(
        "Killed at any step, the removal is undone or finished, and nothing is lost",
        arguments: [
            "record.done", "clones.done", "move.before", "move.done", "move.after", "trashed.before", "trashed.done",
            "finish.before",
        ])
    func killedRemoval(point: String) async throws {
        let playground = try await parked()
        let killed = try await playground.headgate(
            "env", "remove", "work", "--discard-data", variables: ["HEADGATE_FAULT": "kill:remove.\(point)"])
        #expect(killed.status == 137)
        switch try await states(playground)["work"] {
        case "parked": break
        case nil:
            #expect(!FileSystem.exists(own(playground)))
            try await playground.done("env", "undelete", "work")
        case let other: Issue.record("it is \(other ?? "")")
        }
        #expect(try FileSystem.readText(own(playground)) == "mine\n")
        try await playground.done("env", "remove", "work", "--discard-data")
    }

    @Test(
        "Killed at any step, bringing it back is finished by the next command",
        arguments: ["begin.after", "restore.done", "clones.done", "ready.before", "ready.done", "finish.before"])
    func killedUndelete(point: String) async throws {
        let playground = try await parked()
        try await playground.done("env", "remove", "work", "--discard-data")
        let killed = try await playground.headgate(
            "env", "undelete", "work", variables: ["HEADGATE_FAULT": "kill:undelete.\(point)"])
        #expect(killed.status == 137)
        #expect(try await states(playground)["work"] == "parked")
        #expect(try FileSystem.readText(own(playground)) == "mine\n")
    }

    @Test("Without a configuration that can be read nobody knows where its data is, and it stays")
    func unreadable() async throws {
        let playground = try await parked()
        try playground.repository.write("headgate.yaml", "version: [1\n")
        for arguments in [["--discard-data"], ["--force"]] {
            let refused = try await playground.program.run(["env", "remove", "work"] + arguments, in: playground.path)
            #expect(refused.status == 78, "\(refused.errorOutput)")
        }
        try await playground.git("restore", "headgate.yaml")
        #expect(try await states(playground)["work"] == "parked")
        #expect(try FileSystem.readText(own(playground)) == "mine\n")
    }

    @Test("Once its time in the trash is over, prune deletes it for good")
    func emptied() async throws {
        let playground = try await Playground(Self.configuration + "expire: {trash: 0s}\n")
        try await playground.git("switch", "--quiet", "-c", "work")
        try await playground.done("exec", "--", "sh", "-c", "echo mine > data/mine.csv")
        try await playground.git("switch", "--quiet", "main")
        try await playground.done("status")
        try await playground.done("env", "remove", "work", "--discard-data")
        try await playground.done("prune", "--yes")
        #expect(try FileSystem.list(playground.workspace(".trash")).isEmpty)
        #expect(try await playground.headgate("env", "undelete", "work").status == 1)
    }
}
