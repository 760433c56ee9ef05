import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Command lines that cannot be carried out, each with its exit status and a way on.
@Suite("Command lines")
struct CommandLineTests {
    @Test("A parameter that is not declared is told with those that are")
    func unknownParameter() async throws {
        let playground = try await Playground(Playground.configuration + "params: {month: 1, seed: 2}\n")
        let unknown = try await playground.headgate("run", "--param", "zz=1", "--json")
        #expect(unknown.status == 78)
        #expect(try JSON(unknown.output)["remedy"].text == "the parameters are `month` and `seed`")
        let near = try await playground.headgate("run", "--param", "sed=1", "--json")
        #expect(try JSON(near.output)["remedy"].text == "did you mean `seed`?")
        let wrong = try await playground.headgate("run", "--param", "seed=x", "--json")
        #expect(try JSON(wrong.output)["remedy"].text == "give it a whole number, such as 2")
        let bare = try await Playground()
        let none = try await bare.headgate("run", "--param", "zz=1", "--json")
        #expect(try JSON(none.output)["remedy"].text == "declare it: `params: {zz: …}`")
    }
}
