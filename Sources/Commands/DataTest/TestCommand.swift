import ArgumentParser

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Accept what data tests propose",
        discussion: "The tests themselves run with the pipeline: see `headgate run`.\n"
            + "Example: headgate test accept 3f2a9c0e",
        subcommands: [TestAccept.self])
}
