import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Each environment has a number of its own for each of `ports:`, free when it was given, and keeps it for its life.
@Suite("Ports")
struct PortTests {
    private static let configuration = Playground.configuration
        .replacing(
            "expire: {merged: 0s}\n", with: "ports: [notebook, api]\nvariables: {PORT: \"${{ ports.notebook }}\"}\n")

    private func ports(_ playground: Playground, _ branch: String) async throws -> [String] {
        try await playground.done(
            "exec", "--env", branch, "--", "sh", "-c",
            "echo $HEADGATE_PORT_NOTEBOOK; echo $HEADGATE_PORT_API; echo $PORT"
        ).split(separator: "\n").map(String.init)
    }

    @Test("Numbers differ between environments, stay, stand in the file and in values, and are released")
    func numbers() async throws {
        let playground = try await Playground(Self.configuration)
        for name in ["one", "two"] { try await playground.done("switch", "-c", name) }
        let main = try await ports(playground, "main")
        let one = try await ports(playground, "one")
        let two = try await ports(playground, "two")
        #expect(Set(main[..<2] + one[..<2] + two[..<2]).count == 6, "\(main) \(one) \(two)")
        for numbers in [main, one, two] {
            #expect(numbers.count == 3 && numbers[2] == numbers[0])
            #expect(numbers.allSatisfy { (20_000..<30_000).contains(Int($0) ?? 0) })
        }
        try await playground.done("run", "--env", "one")
        #expect(try await ports(playground, "one") == one)
        let file = try FileSystem.readText(playground.workspace("one").appending(".headgate/environment"))
        #expect(file.contains("HEADGATE_PORT_NOTEBOOK=\(one[0])\n"), "\(file)")
        #expect(try await playground.done("env", "show", "one").contains("api: \(one[1])\n"))
        let shown = try JSON(try await playground.done("env", "show", "one", "--json"))["environments"][0]["ports"]
        #expect(shown["api"].number == Double(one[1]) && shown["notebook"].number == Double(one[0]), "\(shown)")
        #expect(try await playground.headgate("merge", "one", "--dry-run").status == 0)
        #expect(try await playground.headgate("config").status == 0)
        #expect(try await playground.headgate("status").status == 0)

        // A number that is released is given again, unless somebody listens there.
        try await playground.done("env", "remove", "one")
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(one[0]) ?? 0).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(isBound == 0 && listen(descriptor, 1) == 0)
        #expect(!NetworkPort.isFree(Int(one[0]) ?? 0))
        try await playground.done("switch", "-c", "three")
        let three = try await ports(playground, "three")
        #expect(three[0] == one[1], "the first that is free")
        // What another has by now is given anew.
        try await playground.done("env", "undelete", "one")
        let back = try await ports(playground, "one")
        #expect(back[0] == one[0], "it is this environment's own, whoever listens there now")
        #expect(back[1] != one[1])
    }

    @Test("Ports that the configuration no longer names are released, new ones are given")
    func changed() async throws {
        let playground = try await Playground(Self.configuration)
        let before = try await ports(playground, "main")
        let text = Self.configuration.replacing("ports: [notebook, api]", with: "ports: [notebook, db]")
        try await playground.repository.commit(["headgate.yaml": text])
        let show = try await playground.done(
            "exec", "--", "sh", "-c",
            "echo \"$HEADGATE_PORT_NOTEBOOK ${HEADGATE_PORT_API-gone} ${HEADGATE_PORT_DB:+given}\"")
        #expect(show == "\(before[0]) gone given\n")
    }
}
